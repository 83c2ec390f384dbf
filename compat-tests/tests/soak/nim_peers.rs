//! Real Nim on the other side: a server that we dial and a client that dials us.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use asyncdispatch::Result;
use asyncdispatch_compat_tests::nim;

pub struct NimPeers {
    pub port: u16,
    server: Child,
    client: Child,
    spoken: Option<JoinHandle<usize>>,
}

impl NimPeers {
    /// `None` without a compiler.
    pub fn start(ours: u16) -> Result<Option<NimPeers>> {
        let Some(version) = nim::version() else { return Ok(None) };
        let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/nim/soak/peer.nim"));
        let exe = nim::compile(source, Path::new(env!("CARGO_TARGET_TMPDIR")), version)?;
        let start = |words: &[&str]| Command::new(&exe).args(words).stdout(Stdio::piped()).spawn();
        let mut server = start(&["serve"])?;
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line)?;
        let mut client = start(&["dial", &ours.to_string()])?;
        let stdout = BufReader::new(client.stdout.take().expect("piped"));
        let spoken = thread::spawn(move || stdout.lines().map_while(std::result::Result::ok).count());
        let port = line.trim().parse().map_err(|_| format!("no port in {line:?}"))?;
        Ok(Some(NimPeers { port, server, client, spoken: Some(spoken) }))
    }

    /// How many connections its client has had, all of whose bytes came back. An error if one of the two has failed.
    pub fn stop(mut self) -> Result<usize> {
        for peer in [&mut self.client, &mut self.server] {
            if let Some(status) = peer.try_wait()? {
                return Err(format!("a Nim peer has ended: {status}").into());
            }
        }
        let spoken = self.spoken.take();
        drop(self);
        Ok(spoken.and_then(|thread| thread.join().ok()).unwrap_or_default())
    }
}

impl Drop for NimPeers {
    fn drop(&mut self) {
        for peer in [&mut self.client, &mut self.server] {
            peer.kill().ok();
            peer.wait().ok();
        }
    }
}
