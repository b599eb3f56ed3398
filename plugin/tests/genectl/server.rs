//! An API server as far as a test plays it: HTTP on a port of this machine.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

/// What is answered: a status and a body.
pub type Answer = (u16, Value);

/// Answers one request after the other with what the test gave it, each on a connection of its own.
pub struct Server {
    address: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Server {
    /// Listens on a port that is free.
    pub fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::default();
        let seen = Arc::clone(&asked);
        // It ends with its answers; one that is not asked for all of them ends with the test's process.
        thread::spawn(move || {
            let mut answers = VecDeque::from(answers);
            while let Some(answer) = answers.pop_front() {
                let Ok((stream, _)) = listener.accept() else { return };
                serve(stream, &seen, &answer);
            }
        });
        Self { address, asked }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What was asked: `GET /path`, and the body or null.
    pub fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }

    /// The lines of what was asked.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|(line, _)| line).collect()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<(String, Value)>>, (code, body): &Answer) {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let length = head.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut bytes = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut bytes).unwrap();
    let line = head.first().and_then(|line| line.strip_suffix(" HTTP/1.1")).unwrap_or_default();
    seen.lock().unwrap().push((line.to_owned(), serde_json::from_slice(&bytes).unwrap_or_default()));
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {code} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // Who asked may have gone away.
    let _ = reader.into_inner().write_all(answer.as_bytes());
}

/// A list with these Executions.
pub fn list(items: &[Value]) -> Answer {
    (
        200,
        json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "ExecutionList", "metadata": {"resourceVersion": "9"}, "items": items}),
    )
}

/// A refusal.
pub fn refusal(code: u16, reason: &str, message: &str) -> Answer {
    let details = json!({"name": "wgs", "group": "execution.kubegene.io", "kind": "executions"});
    (
        code,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
                  "message": message, "details": details}),
    )
}
