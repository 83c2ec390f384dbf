//! What the tokio ecosystem does over a descriptor of ours: codecs, lines, copying, HTTP, TLS; owning and as a guest of
//! both kinds of runtime.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::rc::Rc;
use std::sync::Arc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio_rustls::rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::codec::{Framed, LengthDelimitedCodec, LinesCodec};

/// Two connected descriptors of ours, on TCP.
fn connected() -> Result<(AsyncFD, AsyncFD)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    Ok((register(listener.accept()?.0)?, register(client)?))
}

#[test]
fn a_length_delimited_codec() {
    everywhere(|| async {
        let (server, client) = connected()?;
        let echo = async_proc(async move {
            let mut frames = Framed::new(server.stream(), LengthDelimitedCodec::new());
            while let Some(frame) = frames.next().await {
                frames.send(frame?.freeze()).await?;
            }
            server.close_socket()
        });
        let mut frames = Framed::new(client.stream(), LengthDelimitedCodec::new());
        for size in [0, 1, 1000, 300_000] {
            frames.send(Bytes::from(vec![7; size])).await?;
            let frame = frames.next().await.expect("the echo ended early")?;
            assert_eq!((frame.len(), frame.iter().all(|byte| *byte == 7)), (size, true));
        }
        SinkExt::<Bytes>::close(&mut frames).await?;
        echo.await?;
        assert!(frames.next().await.is_none());
        client.close_socket()
    });
}

#[test]
fn a_line_protocol_by_codec_and_by_buffered_halves() {
    everywhere(|| async {
        let (server, client) = connected()?;
        let shouting = async_proc(async move {
            let mut lines = Framed::new(server.stream(), LinesCodec::new_with_max_length(100));
            while let Some(line) = lines.next().await {
                lines.send(line.map_err(Error::new)?.to_uppercase()).await.map_err(Error::new)?;
            }
            server.close_socket()
        });
        let (reader, mut writer) = client.stream().into_split();
        let heard = async_proc(async move {
            let mut lines = BufReader::new(reader).lines();
            let mut heard = Vec::new();
            while let Some(line) = lines.next_line().await? {
                heard.push(line);
            }
            Ok(heard)
        });
        for part in ["one\ntw", "o\n", "\nfo", "ur"] {
            writer.write_all(part.as_bytes()).await?;
            sleep_async(1).await?;
        }
        writer.shutdown().await?;
        assert_eq!(heard.await?, ["ONE", "TWO", "", "FOUR"]);
        shouting.await?;
        client.close_socket()
    });
}

#[test]
fn copy_bidirectional_between_a_descriptor_of_ours_and_one_of_tokios() {
    const SIZE: usize = 3_000_000;
    everywhere(|| async {
        let (near, mut client) = pair()?;
        let (far, mut server) = stream_pair()?;
        far.set_nonblocking(true)?;
        let far = TokioStream::from_std(far)?;
        let threads = (
            std::thread::spawn(move || {
                client.write_all(&vec![1; SIZE]).unwrap();
                client.shutdown(std::net::Shutdown::Write).unwrap();
                client.read_to_end(&mut Vec::new()).unwrap()
            }),
            std::thread::spawn(move || {
                let received = server.read_to_end(&mut Vec::new()).unwrap();
                server.write_all(b"got it").unwrap();
                received
            }),
        );
        let (mut near_stream, mut far) = (near.stream(), far);
        let (up, down) = tokio::io::copy_bidirectional(&mut near_stream, &mut far).await?;
        assert_eq!((up, down), (SIZE as u64, 6));
        near.close_socket()?;
        drop(far);
        assert_eq!((threads.0.join().unwrap(), threads.1.join().unwrap()), (6, SIZE));
        Ok(())
    });
}

async fn answer(request: Request<Incoming>) -> std::result::Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await?.to_bytes();
    Ok(Response::new(Full::new(Bytes::from(format!("{path} {}", body.len())))))
}

#[test]
fn a_hyper_server_and_client() {
    everywhere(|| async {
        let (server, client) = connected()?;
        let serving = async_proc(async move {
            let io = TokioIo::new(server.stream());
            hyper::server::conn::http1::Builder::new()
                .serve_connection(io, service_fn(answer))
                .await
                .map_err(Error::new)?;
            server.close_socket()
        });
        let (mut requests, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(client.stream())).await.map_err(Error::new)?;
        let connection = async_proc(async move { connection.await.map_err(Error::new) });
        for (path, size) in [("/small", 10), ("/empty", 0), ("/large", 1_000_000)] {
            let body = Full::new(Bytes::from(vec![b'x'; size]));
            let request = Request::post(path).header("host", "local").body(body).map_err(Error::new)?;
            let response = requests.send_request(request).await.map_err(Error::new)?;
            assert_eq!(response.status(), 200);
            let text = response.into_body().collect().await.map_err(Error::new)?.to_bytes();
            assert_eq!(text, format!("{path} {size}"));
        }
        drop(requests);
        connection.await?;
        client.close_socket()?;
        serving.await
    });
}

fn tls() -> (TlsAcceptor, TlsConnector) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key.into()).unwrap();
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)))
}

#[test]
fn a_tls_handshake_with_a_generated_certificate_and_what_follows() {
    everywhere(|| async {
        let (acceptor, connector) = tls();
        let (server, client) = connected()?;
        let serving = async_proc(async move {
            let mut stream = acceptor.accept(server.stream()).await?;
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await?;
            stream.write_all(format!("{} bytes", all.len()).as_bytes()).await?;
            stream.shutdown().await?;
            server.close_socket()
        });
        let name = ServerName::try_from("localhost").map_err(Error::new)?;
        let mut stream = connector.connect(name, client.stream()).await?;
        stream.write_all(&vec![b'x'; 500_000]).await?;
        stream.shutdown().await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        assert_eq!(text, "500000 bytes");
        serving.await?;
        client.close_socket()
    });
}

#[test]
fn a_tls_client_that_does_not_know_the_certificate_refuses() {
    everywhere(|| async {
        let ((acceptor, _), (_, stranger)) = (tls(), tls());
        let (server, client) = connected()?;
        let serving = async_proc(async move { Ok(acceptor.accept(server.stream()).await.is_err()) });
        let name = ServerName::try_from("localhost").map_err(Error::new)?;
        assert!(stranger.connect(name, client.stream()).await.is_err());
        assert!(serving.await?);
        client.close_socket()?;
        server.close_socket()
    });
}

#[test]
fn a_service_may_hold_state_that_is_not_send() {
    guarded(|| {
        let (server, client) = connected()?;
        let hits = Rc::new(std::cell::Cell::new(0));
        let counted = hits.clone();
        let service = service_fn(move |_: Request<Incoming>| {
            counted.set(counted.get() + 1);
            async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok")))) }
        });
        async_check(async_proc(async move {
            let io = TokioIo::new(server.stream());
            hyper::server::conn::http1::Builder::new().serve_connection(io, service).await.map_err(Error::new)?;
            server.close_socket()
        }));
        let text = wait_for(async_proc(async move {
            client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
            let mut text = String::new();
            client.stream().read_to_string(&mut text).await?;
            client.close_socket()?;
            Ok(text)
        }))?;
        assert!(text.starts_with("HTTP/1.1 200 OK") && text.ends_with("ok"), "{text}");
        assert_eq!(hits.get(), 1);
        drain()
    });
}
