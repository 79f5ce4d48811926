//! The sign-in that the local stack plays for the pages: the page, the codes, the tokens, the session.
//!
//! The pages' own script is not part of these tests.

use puntos_tests::World;
use reqwest::header::{ACCEPT_LANGUAGE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};
use serde_json::{Value, json};

const CLIENT: &str = "PeopleClient";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A browser that follows no redirection.
struct Browser {
    http: Client,
    url: String,
}

/// What a sign-in gave: the code, and the cookie of the session.
struct SignedIn {
    code: String,
    cookie: String,
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://localhost/", fields).unwrap();
    url.query().unwrap_or_default().to_owned()
}

/// Returns the code and the state that a redirection brings back.
fn returned(response: &Response, page: &str) -> (String, String) {
    assert_eq!(response.status(), 303);
    let location = response.headers()[LOCATION].to_str().unwrap();
    assert!(location.starts_with(&format!("{page}?")), "{location}");
    let url = Url::parse(location).unwrap();
    let value = |wanted: &str| {
        let found = url.query_pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    (value("code"), value("state"))
}

impl Browser {
    fn of(world: &World) -> Self {
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { http, url: world.stack.url().to_owned() }
    }

    fn desk(&self) -> String {
        format!("{}/desk", self.url)
    }

    /// Returns the parameters with which a page sends the browser here, some of them replaced.
    fn parameters(&self, replaced: &[(&str, &str)]) -> String {
        let desk = self.desk();
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", &*desk),
            ("state", "a state&more"),
            ("scope", "openid email"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("lang", "en"),
        ];
        for (name, value) in replaced {
            match fields.iter_mut().find(|(field, _)| field == name) {
                Some(field) => field.1 = value,
                None => fields.push((name, value)),
            }
        }
        encoded(&fields)
    }

    fn authorize(&self, replaced: &[(&str, &str)]) -> RequestBuilder {
        let query = self.parameters(replaced);
        self.http.get(format!("{}/local/oauth2/authorize?{query}", self.url))
    }

    async fn choose(&self, replaced: &[(&str, &str)]) -> Response {
        let url = format!("{}/local/oauth2/authorize", self.url);
        self.post(&url, self.parameters(replaced)).await
    }

    async fn post(&self, url: &str, body: String) -> Response {
        let request = self.http.post(url).body(body);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        request.send().await.unwrap()
    }

    async fn sign_in(&self, role: &str, member_id: &str) -> SignedIn {
        let answer = self.choose(&[("role", role), ("member_id", member_id)]).await;
        let (code, state) = returned(&answer, &self.desk());
        assert_eq!(state, "a state&more");
        let cookies: Vec<&str> =
            answer.headers().get_all(SET_COOKIE).iter().map(|one| one.to_str().unwrap()).collect();
        let cookie = cookies.iter().find(|one| one.contains("Path=/local/oauth2;")).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert!(cookies.iter().all(|one| one.contains("; Path=/local/")), "{cookies:?}");
        SignedIn { code, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    /// Asks the token endpoint. Returns the status and the document.
    async fn token(&self, fields: &[(&str, &str)]) -> (u16, Value) {
        let answer = self.post(&format!("{}/local/oauth2/token", self.url), encoded(fields)).await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn redeem(&self, code: &str, verifier: &str) -> (u16, Value) {
        let desk = self.desk();
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("redirect_uri", &desk),
            ("code", code),
            ("code_verifier", verifier),
        ])
        .await
    }

    async fn refresh(&self, token: &str) -> (u16, Value) {
        let fields =
            [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", token)];
        self.token(&fields).await
    }
}

fn refused(answer: &(u16, Value), error: &str) {
    assert_eq!((answer.0, answer.1["error"].as_str()), (400, Some(error)), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_works_and_signs_out() {
    let world = World::start().await;
    let browser = Browser::of(&world);
    let page = browser.authorize(&[]).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
    let text = page.text().await.unwrap();
    assert!(text.contains("<h1>Sign in</h1>") && text.contains(r#"value="agent" checked"#));
    assert!(!text.contains("<script") && !text.contains("role=\"alert\""));

    let first = browser.sign_in("supervisor", "").await;
    let (status, granted) = browser.redeem(&first.code, VERIFIER).await;
    assert_eq!(
        (status, &granted["token_type"], &granted["expires_in"]),
        (200, &"Bearer".into(), &3600.into())
    );
    let access = granted["access_token"].as_str().unwrap();
    let _ = world.with_token(access).get("/v1/program/versions").await.expect(200);
    // The other texts open nothing.
    for text in [&first.code, granted["refresh_token"].as_str().unwrap()] {
        let _ = world.with_token(text).get("/v1/program/versions").await.expect(401);
    }

    // While the session lasts there is no question.
    let request = browser.authorize(&[]).header(COOKIE, &first.cookie);
    let (code, _) = returned(&request.send().await.unwrap(), &browser.desk());
    let (status, again) = browser.redeem(&code, VERIFIER).await;
    assert_eq!(status, 200);

    let sign_out = |target: &str| {
        let query = encoded(&[("client_id", CLIENT), ("logout_uri", target)]);
        browser.http.get(format!("{}/local/logout?{query}", browser.url))
    };
    let foreign = sign_out("https://example.com/").header(COOKIE, &first.cookie).send().await;
    assert_eq!(foreign.unwrap().status(), 400);
    let gone = sign_out(&browser.desk()).header(COOKIE, &first.cookie).send().await.unwrap();
    assert_eq!(
        (gone.status().as_u16(), gone.headers()[LOCATION].to_str().unwrap()),
        (303, &*browser.desk())
    );
    let cleared = gone.headers().get_all(SET_COOKIE).iter();
    assert!(cleared.filter(|one| one.to_str().unwrap().contains("Max-Age=0")).count() == 2);
    // Neither the cookie nor a refresh token of the session brings anything any more.
    let asked = browser.authorize(&[]).header(COOKIE, &first.cookie).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    for tokens in [&granted, &again] {
        refused(&browser.refresh(tokens["refresh_token"].as_str().unwrap()).await, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_speaks_the_language_of_the_page_that_asks_or_of_the_browser() {
    let world = World::start().await;
    let browser = Browser::of(&world);
    for (lang, accepted, language, heading) in [
        ("es", "ru", "es", "Iniciar sesión"),
        ("pt-BR", "ru", "pt", "Entrar"),
        ("ru", "en", "ru", "Вход"),
        ("", "de, pt;q=0.8, es;q=0.9", "es", "Iniciar sesión"),
        ("de", "pt", "pt", "Entrar"),
        ("", "de", "en", "Sign in"),
    ] {
        let asked = browser.authorize(&[("lang", lang)]).header(ACCEPT_LANGUAGE, accepted);
        let text = asked.send().await.unwrap().text().await.unwrap();
        let has = |part: &str| assert!(text.contains(part), "{lang}, {accepted}: {text}");
        has(&format!("<html lang=\"{language}\">"));
        has(&format!("<h1>{heading}</h1>"));
        has(&format!("<button>{heading}</button>"));
    }
    let wrong = [("lang", "ru"), ("role", "member"), ("member_id", "nobody")];
    let answer = browser.choose(&wrong).await;
    assert_eq!(answer.status(), 422);
    let text = answer.text().await.unwrap();
    assert!(text.contains("Участника с таким номером нет."), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_signs_in_as_themselves() {
    let world = World::start().await;
    let browser = Browser::of(&world);
    let member = world.member_id().await;
    for (role, member_id, reason) in [
        ("member", "mbr_0000000000000000", "There is no member with this id."),
        ("member", "\"><script>", "There is no member with this id."),
        ("pos", "", "Choose a role."),
        ("", "", "Choose a role."),
    ] {
        let answer = browser.choose(&[("role", role), ("member_id", member_id)]).await;
        assert_eq!(answer.status(), 422, "{role} {member_id}");
        assert!(answer.headers().get(SET_COOKIE).is_none());
        let text = answer.text().await.unwrap();
        assert!(text.contains(&format!("<p role=\"alert\">{reason}</p>")), "{text}");
        assert!(!text.contains("<script"), "{text}");
    }
    let signed_in = browser.sign_in("member", &format!(" {member} ")).await;
    let (_, granted) = browser.redeem(&signed_in.code, VERIFIER).await;
    let shopper = world.with_token(granted["access_token"].as_str().unwrap());
    let me = shopper.get("/v1/members/me").await.expect(200);
    assert_eq!(me.text("member_id"), member);
    let _ = shopper.get("/v1/program/versions").await.expect(403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_without_an_id_has_not_joined_and_is_the_member_once_they_have() {
    let world = World::start().await;
    let browser = Browser::of(&world);
    let signed_in = browser.sign_in("member", "").await;
    let (_, granted) = browser.redeem(&signed_in.code, VERIFIER).await;
    let shopper = world.with_token(granted["access_token"].as_str().unwrap());
    let _ = shopper.get("/v1/members/me").await.expect_problem(404, "not_found");
    let member = world.enrol().await;
    let path = format!("/v1/members/{}/join-code", member.text("member_id"));
    let code = world.agent.post(&path, json!({}), None).await.expect(201).text("code");
    let body = json!({"card_number": member.text("card_number"), "code": code});
    let _ = shopper.post("/v1/members/join", body, None).await.expect(200);
    // The page signs in the person who joined.
    let signed_in = browser.sign_in("member", &member.text("member_id")).await;
    let (_, granted) = browser.redeem(&signed_in.code, VERIFIER).await;
    let shopper = world.with_token(granted["access_token"].as_str().unwrap());
    let me = shopper.get("/v1/members/me").await.expect(200);
    assert_eq!(me.text("member_id"), member.text("member_id"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_good_once_and_only_for_who_asked() {
    let world = World::start().await;
    let browser = Browser::of(&world);
    let code = async || browser.sign_in("agent", "").await.code;
    let used = code().await;
    assert_eq!(browser.redeem(&used, VERIFIER).await.0, 200);
    refused(&browser.redeem(&used, VERIFIER).await, "invalid_grant");
    let guessed = code().await;
    refused(&browser.redeem(&guessed, CHALLENGE).await, "invalid_grant");
    refused(&browser.redeem(&guessed, VERIFIER).await, "invalid_grant");
    let good = code().await;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
    let altered = format!("{head}.{flipped}{}", &signature[1..]);
    refused(&browser.redeem(&altered, VERIFIER).await, "invalid_grant");
    let elsewhere = format!("{}/", browser.url);
    let grant = |client: &'static str, uri: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("redirect_uri", uri),
            ("code", &*good),
            ("code_verifier", VERIFIER),
        ];
        encoded(&fields)
    };
    for (body, error) in [
        (grant("TillsClient", &browser.desk()), "invalid_client"),
        (grant(CLIENT, &elsewhere), "invalid_grant"),
        (
            encoded(&[("grant_type", "authorization_code"), ("client_id", CLIENT)]),
            "invalid_request",
        ),
        (encoded(&[("grant_type", "password"), ("client_id", CLIENT)]), "unsupported_grant_type"),
        (String::new(), "invalid_request"),
    ] {
        let url = format!("{}/local/oauth2/token", browser.url);
        let answer = browser.post(&url, body).await;
        let answer = (answer.status().as_u16(), answer.json().await.unwrap());
        refused(&answer, error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_is_good_once() {
    let world = World::start().await;
    let browser = Browser::of(&world);
    let signed_in = browser.sign_in("admin", "").await;
    let (_, first) = browser.redeem(&signed_in.code, VERIFIER).await;
    let first = first["refresh_token"].as_str().unwrap();
    let (status, second) = browser.refresh(first).await;
    assert_eq!(status, 200);
    let _ = world
        .with_token(second["access_token"].as_str().unwrap())
        .get("/v1/program")
        .await
        .expect(200);
    refused(&browser.refresh(first).await, "invalid_grant");
    let (status, third) = browser.refresh(second["refresh_token"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    let third = third["refresh_token"].as_str().unwrap();
    let revocation = encoded(&[("client_id", CLIENT), ("token", third)]);
    let revoked = browser.post(&format!("{}/local/oauth2/revoke", browser.url), revocation).await;
    assert_eq!(revoked.status(), 200);
    refused(&browser.refresh(third).await, "invalid_grant");
    let access = second["access_token"].as_str().unwrap();
    refused(&browser.refresh(access).await, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_answers_only_our_own_pages() {
    let world = World::start().await;
    let browser = Browser::of(&world);
    let port = Url::parse(&browser.url).unwrap().port().unwrap();
    let localhost = format!("http://localhost:{port}/");
    let page = browser.authorize(&[("redirect_uri", &localhost)]).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains(r#"value="member" checked"#));
    let below = format!("{}/desk/members", browser.url);
    for (name, value) in [
        ("redirect_uri", "https://example.com/desk"),
        ("redirect_uri", &*below),
        ("redirect_uri", ""),
        ("client_id", "TillsClient"),
        ("response_type", "token"),
        ("code_challenge_method", "plain"),
        ("code_challenge", "short"),
        ("code_challenge", ""),
    ] {
        let shown = browser.authorize(&[(name, value)]).send().await.unwrap();
        let sent = browser.choose(&[(name, value), ("role", "admin")]).await;
        for answer in [shown, sent] {
            assert_eq!(answer.status(), 400, "{name}={value}");
            assert!(answer.headers().get(LOCATION).is_none());
            assert!(answer.text().await.unwrap().contains("role=\"alert\""));
        }
    }
}
