/* The echo servers on libuv: `server FORM TRAFFIC BUFFER`, TRAFFIC tcp, once or udp; the form is always callbacks. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static size_t size;
static int once;

typedef struct {
  uv_tcp_t handle;
  uv_write_t request;
  char *buffer;
} connection;

static void check(int status) {
  if (status < 0) {
    fprintf(stderr, "%s\n", uv_strerror(status));
    exit(1);
  }
}

static void say_port(const struct sockaddr_in *name) {
  printf("port %d\n", ntohs(name->sin_port));
  fflush(stdout);
}

static void on_closed(uv_handle_t *handle) {
  connection *client = handle->data;
  free(client->buffer);
  free(client);
}

static void end(connection *client) {
  if (!uv_is_closing((uv_handle_t *)&client->handle))
    uv_close((uv_handle_t *)&client->handle, on_closed);
}

static void lend(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  *buffer = uv_buf_init(((connection *)handle->data)->buffer, size);
}

static void on_data(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void on_sent(uv_write_t *request, int status) {
  connection *client = request->data;
  if (status < 0 || once)
    end(client);
  else
    check(uv_read_start((uv_stream_t *)&client->handle, lend, on_data));
}

/* Sends at once; what does not fit is queued, and nothing is read before it has gone. */
static void on_data(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  connection *client = stream->data;
  if (count == 0) return;
  if (count < 0) {
    end(client);
    return;
  }
  uv_buf_t data = uv_buf_init(buffer->base, count);
  int sent = uv_try_write(stream, &data, 1);
  if (sent == count) {
    if (once) end(client);
    return;
  }
  if (sent > 0) data = uv_buf_init(data.base + sent, count - sent);
  check(uv_read_stop(stream));
  client->request.data = client;
  check(uv_write(&client->request, stream, &data, 1, on_sent));
}

static void on_connection(uv_stream_t *listener, int status) {
  check(status);
  connection *client = malloc(sizeof *client);
  client->buffer = malloc(size);
  check(uv_tcp_init(listener->loop, &client->handle));
  client->handle.data = client;
  check(uv_accept(listener, (uv_stream_t *)&client->handle));
  check(uv_tcp_nodelay(&client->handle, 1));
  check(uv_read_start((uv_stream_t *)&client->handle, lend, on_data));
}

static void lend_datagram(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  *buffer = uv_buf_init(handle->data, size);
}

static void on_datagram(uv_udp_t *socket, ssize_t count, const uv_buf_t *buffer, const struct sockaddr *from, unsigned flags) {
  (void)flags;
  if (from == NULL) return;
  uv_buf_t data = uv_buf_init(buffer->base, count);
  check(uv_udp_try_send(socket, &data, 1, from));
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  size = strtoul(argv[3], NULL, 10);
  once = strcmp(argv[2], "once") == 0;
  struct sockaddr_in name;
  int length = sizeof name;
  uv_tcp_t listener;
  uv_udp_t socket;
  check(uv_ip4_addr("127.0.0.1", 0, &name));
  if (strcmp(argv[2], "udp") == 0) {
    check(uv_udp_init(uv_default_loop(), &socket));
    socket.data = malloc(size);
    check(uv_udp_bind(&socket, (struct sockaddr *)&name, 0));
    check(uv_udp_getsockname(&socket, (struct sockaddr *)&name, &length));
    check(uv_udp_recv_start(&socket, lend_datagram, on_datagram));
  } else {
    check(uv_tcp_init(uv_default_loop(), &listener));
    check(uv_tcp_bind(&listener, (struct sockaddr *)&name, 0));
    check(uv_tcp_getsockname(&listener, (struct sockaddr *)&name, &length));
    check(uv_listen((uv_stream_t *)&listener, 4096, on_connection));
  }
  say_port(&name);
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
