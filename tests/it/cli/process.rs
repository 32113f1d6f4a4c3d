//! The real binary as a process: started in an empty directory with an empty environment, and killed when
//! a test ends early.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tempfile::TempDir;

/// A place where nothing was before.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Every file and directory directly in it.
    pub(crate) fn names(&self) -> Vec<String> {
        Self::names_in(self.path())
    }

    /// Every file and directory directly in a directory.
    pub(crate) fn names_in(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// The command with these arguments, which a test may still change.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hamsterbank"));
        command
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env_clear()
            .env("TMPDIR", self.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, line: &str) -> Ended {
        Ended::of(self.command(line).output().unwrap())
    }

    /// Opens a bank on free ports.
    pub(crate) fn open(&self, line: &str) -> Open {
        Open::start(self.command(&format!("serve {FREE_PORTS} --output json {line}")))
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A bank that is open.
pub(crate) struct Open {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    /// The first line of stdout, as far as it is JSON.
    pub(crate) ready: Value,
}

impl Open {
    /// Starts a bank and waits for its first line.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        let mut open = Self {
            child,
            stdout,
            stderr,
            ready: Value::Null,
        };
        let first = open.line();
        open.ready = serde_json::from_str(&first).unwrap_or(Value::String(first));
        open
    }

    /// The next line of stdout.
    #[track_caller]
    pub(crate) fn line(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).unwrap()
    }

    /// The next line of stderr.
    #[track_caller]
    pub(crate) fn log_line(&self) -> String {
        self.stderr.recv_timeout(PATIENCE).unwrap()
    }

    /// A text member of the ready document.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> &str {
        self.ready[member].as_str().unwrap()
    }

    /// Its number among the machine's processes.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        // The shell's own: an image need not have a program of this name.
        let line = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &line]).status().unwrap();
        assert!(status.success());
    }

    /// Closes the bank's stdin.
    pub(crate) fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for its end: the exit code, and what it told besides its first line.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        let status: ExitStatus = self.child.wait().unwrap();
        let rest = |lines: &Receiver<String>| lines.iter().collect();
        (status.code(), rest(&self.stdout), rest(&self.stderr))
    }

    /// GET over TLS, trusting the CA of the ready document and nothing else.
    pub(crate) fn get(&self, path: &str) -> String {
        let ca = CertificateDer::from_pem_file(self.text("ca_file")).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(ca).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let session = rustls::ClientConnection::new(config.into(), name).unwrap();
        let socket = TcpStream::connect(("localhost", self.port("issuer"))).unwrap();
        let mut stream = rustls::StreamOwned::new(session, socket);
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The port of a URL in the ready document.
    pub(crate) fn port(&self, member: &str) -> u16 {
        let (_, port) = self.text(member).rsplit_once(':').unwrap();
        port.parse().unwrap()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // It has ended already where the test is satisfied.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Flags with which any number of banks stand side by side.
pub(crate) const FREE_PORTS: &str = "--listen localhost:0 --control-listen localhost:0";

/// Longer than any start on a machine under load; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_mins(1);
