//! A stack in memory on a free port, with one caller of each role.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use puntos::{Options, Pace, Stack, start};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::{Answer, document};

/// How long a stack may take to do its work. A busy machine needs much less.
const SETTLE_LIMIT: Duration = Duration::from_secs(300);

/// A running stack and its callers.
pub struct World {
    pub stack: Stack,
    /// A till.
    pub pos: Caller,
    pub agent: Caller,
    pub supervisor: Caller,
    /// An administrator of the programme.
    pub admin: Caller,
    http: Client,
    next: AtomicU64,
}

/// A caller of the API, with a token or without.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    url: String,
    token: Option<String>,
    /// The header `Accept`.
    accept: Option<String>,
    /// The header `Accept-Language`.
    language: Option<String>,
}

impl World {
    /// Starts a stack in memory with the demo programme.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// Starts a stack with these options, at the pace of tests.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn with(options: Options) -> Self {
        let options = Options { pace: Pace::Patient, ..options };
        Self::of(start(options).await.expect("the stack starts")).await
    }

    /// Returns the world of a running stack.
    ///
    /// # Panics
    /// Where it gives no tokens.
    pub async fn of(stack: Stack) -> Self {
        let http = Client::new();
        let url = stack.url().to_owned();
        let caller =
            |token: String| Caller { token: Some(token), ..Caller::without_token(&http, &url) };
        let token = async |role: &str| stack.token(role, None, None).await.expect("a token");
        Self {
            pos: caller(token("pos").await),
            agent: caller(token("agent").await),
            supervisor: caller(token("supervisor").await),
            admin: caller(token("admin").await),
            http: http.clone(),
            next: AtomicU64::new(1),
            stack,
        }
    }

    /// Returns a member as a caller.
    ///
    /// # Panics
    /// Where there is no token for it.
    pub async fn member(&self, member_id: &str) -> Caller {
        let token = self.stack.token("member", Some(member_id), None).await.expect("a token");
        Caller { token: Some(token), ..self.nobody() }
    }

    /// Returns a caller without a token.
    pub fn nobody(&self) -> Caller {
        Caller::without_token(&self.http, self.stack.url())
    }

    /// Returns a caller with any text as the token.
    pub fn with_token(&self, token: &str) -> Caller {
        Caller { token: Some(token.to_owned()), ..self.nobody() }
    }

    /// Returns a number that was not used before in this world.
    pub fn fresh(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Enrols a member with card `card-N` and address `member-N@example.com`, and returns the answer.
    pub async fn enrol(&self) -> Answer {
        let number = self.fresh();
        let body = json!({
            "name": format!("Mina Muster {number}"),
            "card_number": format!("card-{number}"),
            "document": format!("document-{number}"),
            "email": format!("member-{number}@example.com"),
            "locale": "en",
        });
        self.agent.post("/v1/members", body, Some(&format!("enrol-{number}"))).await.expect(201)
    }

    /// Enrols a member and returns the id.
    pub async fn member_id(&self) -> String {
        self.enrol().await.text("member_id")
    }

    /// Returns the body of a purchase with a fresh invoice at branch `b1`, made now.
    pub fn purchase(&self, member_id: &str, amount: i64) -> Value {
        json!({
            "member_id": member_id, "branch": "b1", "invoice_number": format!("inv-{}", self.fresh()),
            "purchased_at": self.stack.clock().now().to_string(), "total": {"amount": amount, "currency": "RUB"},
        })
    }

    /// Gives a member points by a purchase of so many times 1,100.00, 110 points each.
    pub async fn earn(&self, member_id: &str, times: i64) -> Answer {
        let body = self.purchase(member_id, 110_000 * times);
        self.pos.post("/v1/purchases", body, None).await.expect(201)
    }

    /// Records a purchase without a member at branch `b1`, made now, and returns the answer.
    pub async fn unclaimed(&self, amount: i64) -> Answer {
        let mut body = self.purchase("", amount);
        body["member_id"] = Value::Null;
        self.pos.post("/v1/purchases", body, None).await.expect(201)
    }

    /// Adds a product to the catalogue with this price and these other fields, and returns its id.
    pub async fn reward(&self, points_cost: i64, further: Value) -> String {
        let id = format!("reward-{}", self.fresh());
        let mut body = json!({
            "name": "Mug", "kind": "product", "points_cost": points_cost, "valid_days": 30, "active": true,
        });
        if let (Value::Object(body), Value::Object(further)) = (&mut body, further) {
            body.extend(further);
        }
        let _ = self.admin.put(&format!("/v1/rewards/{id}"), body).await.expect(200);
        id
    }

    /// Redeems a reward for a member by the till, with this key.
    pub async fn redeem(&self, member_id: &str, reward_id: &str, key: &str) -> Answer {
        let body = json!({"member_id": member_id, "reward_id": reward_id});
        self.pos.post("/v1/redemptions", body, Some(key)).await
    }

    /// Lets points pay: 1.00 each, up to half of a total, reserved for 30 minutes.
    pub async fn offer_payment(&self) {
        let mut program = self.admin.get("/v1/program").await.expect(200).body;
        program["effective_from"] = Value::Null;
        program["payment"] = payment();
        let _ = self.admin.put("/v1/program", program).await.expect(200);
    }

    /// Invites members to rate, after this and so many minutes later.
    pub async fn invite(&self, after: &[&str], wait_minutes: u16) {
        let mut program = self.admin.get("/v1/program").await.expect(200).body;
        program["effective_from"] = Value::Null;
        program["invitations"] = json!({"after": after, "wait_minutes": wait_minutes});
        let _ = self.admin.put("/v1/program", program).await.expect(200);
    }

    /// Returns the token of the link to a page in the newest mail to an address: the page is `rate` or `confirm`.
    ///
    /// # Panics
    /// Where there is none.
    pub fn token_of_mail(&self, address: &str, page: &str) -> String {
        let mail = self.stack.outbox(Some(address)).pop().expect("a mail");
        let link = format!("{}/{page}/", self.stack.url());
        let (_, rest) = mail.text.split_once(&link).expect("a link");
        rest.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// Reserves points of a member at branch `b1`, with this key.
    pub async fn reserve(&self, member_id: &str, points: i64, key: &str) -> Answer {
        let body = json!({"member_id": member_id, "points": points, "branch": "b1"});
        self.pos.post("/v1/reservations", body, Some(key)).await
    }

    /// Returns the body of a purchase with a fresh invoice that this reservation pays in part.
    pub fn paid_purchase(&self, member_id: &str, amount: i64, reserved: &Answer) -> Value {
        let mut body = self.purchase(member_id, amount);
        body["reservation_id"] = reserved.at("reservation_id").clone();
        body["paid_with_points"] = reserved.at("value").clone();
        body
    }

    /// Reverses a redemption by the agent, with this key.
    pub async fn reverse(&self, redemption_id: &str, key: &str) -> Answer {
        let path = format!("/v1/redemptions/{redemption_id}/reversal");
        self.agent.post(&path, json!({"reason": "by accident"}), Some(key)).await
    }

    /// Rates a fresh visit of a member at branch `b1`, made now, and returns the rating's id.
    pub async fn rated(&self, member_id: &str, score: u8, comment: Option<&str>) -> String {
        let body = json!({
            "member_id": member_id, "score": score, "comment": comment, "branch": "b1",
            "invoice_number": format!("visit-{}", self.fresh()),
            "visited_at": self.stack.clock().now().to_string(),
        });
        self.pos.post("/v1/ratings", body, None).await.expect(201).text("rating_id")
    }

    /// Returns the available points of a member.
    pub async fn available(&self, member_id: &str) -> i64 {
        let path = format!("/v1/members/{member_id}");
        self.agent.get(&path).await.expect(200).number("balance.available")
    }

    /// Waits until all committed work is done.
    ///
    /// # Panics
    /// Where that takes so long that something hangs, or an invocation passed its deadline.
    pub async fn settle(&self) {
        assert!(self.stack.settle(SETTLE_LIMIT).await, "the stack did not settle");
        assert_eq!(self.stack.cut_off(), BTreeMap::new(), "an invocation passed its deadline");
    }
}

/// Returns how points pay: 1.00 each, up to half of a total, reserved for 30 minutes.
pub fn payment() -> Value {
    json!({"amount_per_point": 100, "basket_percent_max": 50, "reservation_minutes": 30})
}

impl Caller {
    fn without_token(http: &Client, url: &str) -> Self {
        Self { http: http.clone(), url: url.to_owned(), token: None, accept: None, language: None }
    }

    /// Returns the same caller with this header `Accept-Language`.
    pub fn reading(&self, language: &str) -> Self {
        Self { language: Some(language.to_owned()), ..self.clone() }
    }

    /// Sends GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// Sends GET with this header `Accept`.
    pub async fn get_as(&self, path: &str, accept: &str) -> Answer {
        let caller = Self { accept: Some(accept.to_owned()), ..self.clone() };
        caller.get(path).await
    }

    /// Sends POST with a JSON body and an optional idempotency key.
    pub async fn post(&self, path: &str, body: Value, key: Option<&str>) -> Answer {
        self.send(Method::POST, path, Some(body.to_string()), key).await
    }

    /// Sends PUT with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body.to_string()), None).await
    }

    /// Sends DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, None).await
    }

    /// Sends PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body.to_string()), None).await
    }

    /// Sends any request with any text as its body.
    ///
    /// # Panics
    /// Where the stack does not answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        key: Option<&str>,
    ) -> Answer {
        let media_type = body.as_ref().map(|_| "application/json");
        self.send_typed(method, path, body.unwrap_or_default().into_bytes(), media_type, key).await
    }

    /// Sends any request with any bytes as its body, of any media type or none.
    ///
    /// # Panics
    /// Where the stack does not answer.
    pub async fn send_typed(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        media_type: Option<&str>,
        key: Option<&str>,
    ) -> Answer {
        let url = format!("{}{path}", self.url);
        let mut request = self.http.request(method.clone(), url).body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(accept) = &self.accept {
            request = request.header("Accept", accept);
        }
        if let Some(language) = &self.language {
            request = request.header("Accept-Language", language);
        }
        if let Some(media_type) = media_type {
            request = request.header("Content-Type", media_type);
        }
        let response = request.send().await.expect("the stack answers");
        let headers = response.headers().iter();
        let headers: Vec<(String, String)> = headers
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let replayed =
            headers.iter().any(|(name, value)| name == "idempotency-replayed" && value == "true");
        let status = response.status().as_u16();
        let bytes = response.bytes().await.expect("the stack answers whole");
        let media_type = headers.iter().find(|(name, _)| name == "content-type");
        let media_type = media_type.and_then(|(_, value)| value.split(';').next());
        let media_type = media_type.unwrap_or_default();
        let body = match media_type {
            "text/csv" => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
            _ => serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        };
        document::check(method.as_str(), path, status, media_type, &body);
        Answer { status, replayed, headers, body }
    }
}
