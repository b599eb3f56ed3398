use std::time::Duration;

use kube::core::params::GetParams;

use super::*;
use crate::cluster::fixture::{self, AWAY_AFTER, Answer, run, session};

fn get(session: &Session) -> Built {
    session.executions().get("wgs", &GetParams::default())
}

#[test]
fn a_busy_server_is_asked_again() {
    run(async {
        let cases = [
            (429, None, true),
            (429, Some("0"), true),
            (503, Some("0"), true),
            // Without a word on when, it may have done something.
            (503, None, false),
            (500, None, false),
            (504, Some("0"), false),
            (404, Some("0"), false),
        ];
        for (code, retry_after, is_asked_again) in cases {
            let mut tries = 0;
            let (session, asked) = session(move |_| {
                tries += 1;
                let refused = Answer::refusal(code, "", "busy", "wgs");
                match (tries, retry_after) {
                    (1, Some(seconds)) => refused.retry_after(seconds),
                    (1, None) => refused,
                    _ => Answer::text(200, "done"),
                }
            });
            let answer = session.text(get(&session)).await;
            assert_eq!(answer.is_ok(), is_asked_again, "{code} {retry_after:?}");
            assert_eq!(fixture::lines(&asked).len(), if is_asked_again { 2 } else { 1 });
        }
    });
}

#[test]
fn a_server_that_stays_busy_is_given_up_in_time() {
    run(async {
        let (session, asked) = session(|_| Answer::text(429, "Too many requests").retry_after("0"));
        let error = session.text(get(&session)).await.expect_err("given up");
        assert!(error.report().contains("is too busy: Too many requests"), "{}", error.report());
        assert_eq!(fixture::lines(&asked).len(), 1 + BUSY_RETRIES as usize);
        // A pause that would outlast the answer is not begun.
        let (session, asked) = fixture::session(|_| Answer::text(429, "").retry_after("60"));
        assert!(session.text(get(&session)).await.is_err());
        assert_eq!(fixture::lines(&asked).len(), 1);
    });
}

#[test]
fn a_silent_server_is_told_from_a_slow_one() {
    run(async {
        let (silent, _) = session(|_| Answer::text(200, "late").after(Duration::from_mins(1)));
        let begin = Instant::now();
        let error = silent.text(get(&silent)).await.expect_err("silent");
        assert!(begin.elapsed() < AWAY_AFTER * 3, "{:?}", begin.elapsed());
        assert!(
            error
                .report()
                .starts_with("error: no answer from the server at http://in-process: it was silent for")
        );

        let (slow, asked) = session(|asked| match asked.line.as_str() {
            "GET /version" => Answer::text(200, "{}"),
            _ => Answer::text(200, "late").after(AWAY_AFTER * 2),
        });
        assert_eq!(slow.text(get(&slow)).await.as_deref(), Ok("late"));
        assert_eq!(fixture::lines(&asked).len(), 2);

        let (too_slow, _) = session(|asked| match asked.line.as_str() {
            "GET /version" => Answer::text(200, "{}"),
            _ => Answer::text(200, "late").after(Duration::from_mins(1)),
        });
        let error = too_slow.text(get(&too_slow)).await.expect_err("too slow");
        assert!(error.report().contains("--request-timeout allows more"), "{}", error.report());
    });
}

#[test]
fn refusals_are_said_in_words() {
    let invalid = r#"{"kind":"Status","code":422,"reason":"Invalid","message":"Execution.execution.kubegene.io \"wgs\" is invalid: [a, b]",
        "details":{"name":"wgs","causes":[{"field":"spec.tasks[0].name","message":"Required value"},{"message":"too\nbad"}]}}"#;
    let no_namespace = r#"{"kind":"Status","code":404,"reason":"NotFound","message":"namespaces \"lab\" not found","details":{"name":"lab","kind":"namespaces"}}"#;
    let cancelled = r#"{"kind":"Status","code":422,"reason":"Invalid","message":"admission webhook \"v\" denied the request: Execution.execution.kubegene.io \"wgs\" is invalid: spec.cancel: Forbidden: it stays; retry it",
        "details":{"name":"wgs","causes":[{"reason":"FieldValueForbidden","field":"spec.cancel","message":"Forbidden: it stays; retry it"}]}}"#;
    let several = r#"{"kind":"Status","code":422,"reason":"Invalid","message":"Execution \"wgs\" is invalid: [a, b]",
        "details":{"name":"wgs","causes":[{"field":"spec.cancel","message":"it stays; retry it"},{"field":"spec.suspend","message":"no; yes"}]}}"#;
    let policy = r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"executions \"wgs\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: spec.tasks: they cannot be changed; submit others",
        "details":{"name":"wgs","causes":[{"message":"executions \"wgs\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: spec.tasks: they cannot be changed; submit others"}]}}"#;
    let bare_policy = r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"executions \"wgs\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: not on fridays",
        "details":{"name":"wgs","causes":[{"message":"not on fridays"}]}}"#;
    let webhook = r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"admission webhook \"w\" denied the request: not here"}"#;
    let cases = [
        (
            422,
            cancelled,
            "error: admission webhook \"v\" denied the request: Execution.execution.kubegene.io \"wgs\" is invalid\n  spec.cancel: it stays\nhelp: retry it\n",
        ),
        (
            422,
            several,
            "error: Execution \"wgs\" is invalid\n  spec.cancel: it stays; retry it\n  spec.suspend: no; yes\n",
        ),
        (
            403,
            policy,
            "error: executions \"wgs\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: spec.tasks: they cannot be changed\nhelp: submit others\n",
        ),
        (
            403,
            bare_policy,
            "error: executions \"wgs\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: not on fridays\n",
        ),
        (403, webhook, "error: admission webhook \"w\" denied the request: not here\n"),
        (
            404,
            "404 page not found\n",
            "error: Executions are not installed in this cluster\nhelp: install them: kubectl apply -k manifests\n",
        ),
        (
            401,
            r#"{"kind":"Status","code":401,"reason":"Unauthorized","message":"Unauthorized"}"#,
            "error: the server at http://in-process does not know who you are\nhelp: log in again, or choose another user with --user or --context\n",
        ),
        (
            403,
            r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"User \"x\" cannot"}"#,
            "error: User \"x\" cannot\nhelp: ask whoever runs the cluster for a role that allows it\n",
        ),
        (
            403,
            r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"executions \"e\" is forbidden: exceeded quota: few, used: 2, limited: 2"}"#,
            "error: executions \"e\" is forbidden: exceeded quota: few, used: 2, limited: 2\nhelp: delete what is done with, or ask whoever runs the cluster for a larger quota\n",
        ),
        (
            403,
            r#"{"kind":"Status","code":403,"reason":"Forbidden","message":"executions \"e\" is forbidden: unable to create new content in namespace lab because it is being terminated"}"#,
            "error: executions \"e\" is forbidden: unable to create new content in namespace lab because it is being terminated\nhelp: choose another namespace with -n, or wait until this one is gone and create it anew\n",
        ),
        (
            422,
            invalid,
            "error: Execution.execution.kubegene.io \"wgs\" is invalid\n  spec.tasks[0].name: Required value\n  too bad\n",
        ),
        (
            404,
            no_namespace,
            "error: namespaces \"lab\" not found\nhelp: create it: kubectl create namespace lab\n",
        ),
        (502, "<html>\nbad gateway", "error: <html>\n"),
        (500, "", "error: the server refused with status 500\n"),
    ];
    run(async {
        for (code, body, expected) in cases {
            let (session, _) = session(move |_| Answer::text(code, body));
            let error = session.text(get(&session)).await.expect_err("refused");
            assert_eq!(error.report(), expected);
        }
    });
}

#[test]
fn what_is_no_api_server_is_said() {
    run(async {
        let (session, _) = session(|_| Answer::text(200, "<html>welcome</html>"));
        let error = session.read::<serde_json::Value>(get(&session)).await.expect_err("no JSON");
        assert!(error.report().starts_with("error: the server at http://in-process answered something else"));
    });
}

#[test]
fn lines_are_found_wherever_the_answer_was_cut() {
    run(async {
        let text = "one\n\nthree ü\nlast";
        for bytes in 1..=text.len() {
            let (session, _) = session(move |_| Answer::pieces(text, bytes));
            let mut lines = session.lines(get(&session)).await.unwrap();
            let mut found = Vec::new();
            while let Some(line) = lines.next().await.unwrap() {
                found.push(String::from_utf8(line.to_vec()).unwrap());
            }
            assert_eq!(found, ["one", "", "three ü", "last"], "in pieces of {bytes}");
        }
        let (session, _) = session(|_| Answer::text(200, "one\ntw").breaks());
        let mut lines = session.lines(get(&session)).await.unwrap();
        assert_eq!(lines.next().await.unwrap().as_deref(), Some(b"one".as_slice()));
        assert_eq!(lines.next().await.expect_err("broken"), "connection reset");
    });
}
