//! One request: what is no review is refused in words; a review is read, judged and answered.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout};

use super::Server;
use crate::bodies::{Held, Unread};
use crate::connections::Place;
use crate::judge::{Endpoint, Judged, Unanswered, judge};
use crate::metrics::Refusal;

/// Up to this size a body is judged where it was read, which takes less than handing it on would gain: a millisecond at
/// the worst.
const SMALL: usize = 32 << 10;

/// What is said instead of a review's answer.
struct Refused {
    code: StatusCode,
    why: Refusal,
    text: String,
}

impl Server {
    /// The answer to a request.
    pub(super) async fn answer(&self, place: &Place, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let began = Instant::now();
        let in_flight = self.metrics.in_flight();
        let reviewed = self.review(place, request).await;
        drop(in_flight);
        let answered = match reviewed {
            Ok((endpoint, Judged { answer, verdict })) => {
                let held = self.answers.hold(place, answer).await.ok_or_else(busy);
                held.map(|answer| (endpoint, verdict, answer))
            }
            Err(refused) => Err(refused),
        };
        match answered {
            Ok((endpoint, verdict, answer)) => {
                place.answered();
                self.metrics.review(endpoint.name(), verdict, began.elapsed());
                respond(StatusCode::OK, "application/json", answer)
            }
            Err(Refused { code, why, text }) => {
                self.metrics.refused(why);
                tracing::debug!(code = code.as_u16(), "request refused: {text}");
                // Where many do not take their answers, the code must do.
                let text = self.answers.hold_at_once(place, (text + "\n").into_bytes()).unwrap_or_default();
                let mut response = respond(code, "text/plain; charset=utf-8", text);
                if code == StatusCode::METHOD_NOT_ALLOWED {
                    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
                }
                response
            }
        }
    }

    async fn review(&self, place: &Place, request: Request<Incoming>) -> Result<(Endpoint, Judged), Refused> {
        let Some(endpoint) = Endpoint::of(request.uri().path()) else {
            return Err(malformed(StatusCode::NOT_FOUND, "there are /mutate and /validate"));
        };
        if request.method() != Method::POST {
            return Err(malformed(StatusCode::METHOD_NOT_ALLOWED, "a review is sent by POST"));
        }
        if !is_json(request.headers()) {
            let text = "a review has the content-type application/json";
            return Err(malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
        let body = self.bodies.read(request.into_body()).await.map_err(|unread| self.unread(unread))?;
        let _judging = place.judging();
        let judged = if body.bytes.len() <= SMALL {
            judge(endpoint, &body.bytes)
        } else {
            self.judge_aside(endpoint, body).await?
        };
        let judged = judged.map_err(|unanswered| match unanswered {
            Unanswered::Misunderstood(_) => malformed(StatusCode::BAD_REQUEST, unanswered.to_string()),
            Unanswered::Broken => broken(&unanswered),
        })?;
        Ok((endpoint, judged))
    }

    /// Judges on a thread of its own, one of few: a large review takes milliseconds, for which small ones must not wait.
    async fn judge_aside(
        &self,
        endpoint: Endpoint,
        body: Held,
    ) -> Result<Result<Judged, Unanswered>, Refused> {
        let place_in_line = self.line.try_acquire().map_err(|_| busy())?;
        let judge_free = timeout(self.bounds.line_time, self.judges.acquire()).await;
        let Ok(Ok(_judge)) = judge_free else { return Err(busy()) };
        drop(place_in_line);
        tokio::task::spawn_blocking(move || judge(endpoint, &body.bytes))
            .await
            .map_err(|_| broken(&Unanswered::Broken))
    }

    fn unread(&self, unread: Unread) -> Refused {
        let (code, why, text) = match unread {
            Unread::NoRoom => return busy(),
            Unread::TooLarge => {
                let text = format!("a review may have {} bytes at most", self.bounds.body);
                (StatusCode::PAYLOAD_TOO_LARGE, Refusal::TooLarge, text)
            }
            Unread::TooSlow => {
                let text = "the body came too slowly".to_owned();
                (StatusCode::REQUEST_TIMEOUT, Refusal::TooSlow, text)
            }
            Unread::BrokenOff => {
                (StatusCode::BAD_REQUEST, Refusal::BrokenOff, "the body was broken off".to_owned())
            }
        };
        Refused { code, why, text }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn malformed(code: StatusCode, text: impl Into<String>) -> Refused {
    Refused { code, why: Refusal::Malformed, text: text.into() }
}

fn busy() -> Refused {
    let text = "too many reviews are under way; try again".to_owned();
    Refused { code: StatusCode::SERVICE_UNAVAILABLE, why: Refusal::Busy, text }
}

fn broken(unanswered: &Unanswered) -> Refused {
    Refused { code: StatusCode::INTERNAL_SERVER_ERROR, why: Refusal::Broken, text: unanswered.to_string() }
}

fn respond(code: StatusCode, media_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = code;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
