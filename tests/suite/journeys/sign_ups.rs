//! People who sign up in the user pool reach their member, and the pool writes to them in their language.

use std::time::Duration;

use puntos_runtime::{Invocation, InvocationError, chain};
use puntos_tests::World;
use serde_json::{Value, json};

/// Returns the event after a person with a proven address confirmed their sign-up.
pub(crate) fn signed_up(subject: &str, email: &str) -> Value {
    let attributes = json!({"sub": subject, "email": email, "email_verified": "true"});
    event("PostConfirmation_ConfirmSignUp", json!({"userAttributes": attributes}))
}

/// Returns the event before a mail of a kind, such as `SignUp`.
pub(crate) fn mail(kind: &str, email: &str) -> Value {
    let request = json!({
        "userAttributes": {"sub": "s", "email": email},
        "codeParameter": "{####}", "usernameParameter": "{username}",
    });
    event(&format!("CustomMessage_{kind}"), request)
}

fn event(source: &str, request: Value) -> Value {
    json!({
        "version": "1", "triggerSource": source, "region": "eu-west-1",
        "userPoolId": "eu-west-1_Example", "userName": "u",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "people"},
        "request": request, "response": {},
    })
}

/// Delivers an event as the user pool does, and returns what the pool gets back.
pub(crate) async fn delivered(world: &World, event: &Value) -> Result<Value, InvocationError> {
    let handler = world.stack.handler("admit-members").unwrap();
    let remaining = Duration::from_secs(600);
    let invocation = Invocation { request_id: format!("pool-{}", world.fresh()), remaining };
    handler(event.clone(), invocation).await
}

/// Returns the member whom a subject reaches.
async fn reached(world: &World, subject: &str) -> Option<String> {
    let token = world.stack.token("member", None, Some(subject)).await.unwrap();
    let answer = world.with_token(&token).get("/v1/members/me").await;
    (answer.status == 200).then(|| answer.text("member_id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_up_with_a_proven_address_reaches_their_member() {
    let world = World::start().await;
    let member = world.enrol().await;
    let (member_id, email) = (member.text("member_id"), member.text("email"));
    assert_eq!(reached(&world, "sub-1").await, None);
    let mut unproven = signed_up("sub-1", &email);
    unproven["request"]["userAttributes"]["email_verified"] = json!("false");
    assert_eq!(delivered(&world, &unproven).await.unwrap()["response"], json!({}));
    assert_eq!(reached(&world, "sub-1").await, None);

    let event = signed_up("sub-1", &email.to_uppercase());
    for time in ["first", "again"] {
        let returned = delivered(&world, &event).await.unwrap();
        assert_eq!(returned["triggerSource"], event["triggerSource"], "{time}");
        assert_eq!(reached(&world, "sub-1").await.as_ref(), Some(&member_id), "{time}");
    }
    // Nobody takes the member from the first, and the first reaches no other.
    let _ = delivered(&world, &signed_up("sub-2", &email)).await.unwrap();
    assert_eq!(reached(&world, "sub-2").await, None);
    let other = world.enrol().await;
    let _ = delivered(&world, &signed_up("sub-1", &other.text("email"))).await.unwrap();
    assert_eq!(reached(&world, "sub-1").await, Some(member_id));
    let _ = delivered(&world, &signed_up("sub-3", "nobody@example.com")).await.unwrap();
    assert_eq!(reached(&world, "sub-3").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_a_merged_member_leads_to_the_other_one() {
    let world = World::start().await;
    let members = [world.enrol().await, world.enrol().await, world.enrol().await];
    // The first is merged into the second, and the second into the third.
    for (number, pair) in members.windows(2).enumerate() {
        let path = format!("/v1/members/{}/merge", pair[0].text("member_id"));
        let body = json!({"into": pair[1].text("member_id"), "reason": "enrolled twice"});
        let key = format!("merge-{number}");
        let _ = world.supervisor.post(&path, body, Some(&key)).await.expect(200);
    }
    let _ = delivered(&world, &signed_up("sub", &members[0].text("email"))).await.unwrap();
    assert_eq!(reached(&world, "sub").await, Some(members[2].text("member_id")));
    // They were two persons after all.
    let path = format!("/v1/members/{}/unmerge", members[1].text("member_id"));
    let body = json!({"reason": "two sisters"});
    let _ = world.supervisor.post(&path, body, Some("unmerge")).await.expect(200);
    assert_eq!(reached(&world, "sub").await, Some(members[1].text("member_id")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pool_writes_in_the_language_of_the_member() {
    let world = World::start().await;
    let member = json!({"name": "Ana Muster", "email": "ana@example.com", "locale": "pt-BR"});
    let _ = world.agent.post("/v1/members", member, Some("ana")).await.expect(201);
    let subject = |answer: Value| answer["response"]["emailSubject"].as_str().unwrap().to_owned();
    let to_ana = mail("ForgotPassword", "ANA@example.com");
    let answer = delivered(&world, &to_ana).await.unwrap();
    let html = answer["response"]["emailMessage"].as_str().unwrap();
    assert!(html.contains("{####}"), "{html}");
    assert_eq!(subject(answer), "Escolha uma nova senha");
    // Else in the language of the account, else of the programme.
    let mut to_nobody = mail("ForgotPassword", "nobody@example.com");
    let of_program = world.admin.get("/v1/program").await.expect(200).text("locale");
    let expected = if of_program.starts_with("ru") {
        "Задайте новый пароль"
    } else {
        "Set a new password"
    };
    assert_eq!(subject(delivered(&world, &to_nobody).await.unwrap()), expected, "{of_program}");
    to_nobody["request"]["userAttributes"]["locale"] = json!("es");
    assert_eq!(subject(delivered(&world, &to_nobody).await.unwrap()), "Elige una contraseña nueva");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pool_does_not_write_to_a_blocked_address() {
    let world = World::start().await;
    let member = world.enrol().await;
    let email = member.text("email");
    let kinds = ["SignUp", "ResendCode", "ForgotPassword", "AdminCreateUser", "Authentication"];
    for kind in kinds {
        assert!(delivered(&world, &mail(kind, &email)).await.is_ok(), "{kind}");
    }
    // SES reports the pool's own mails to the same topic. They have none of our tags.
    let now = world.stack.clock().now().to_string();
    let bounce = json!({
        "eventType": "Bounce",
        "mail": {"timestamp": now, "messageId": "of-the-pool", "destination": [email]},
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General", "timestamp": now,
            "bouncedRecipients": [{"emailAddress": email}],
        },
    });
    world.stack.publish_mail_event(&bounce.to_string()).await.unwrap();
    world.settle().await;
    for kind in kinds {
        let error = delivered(&world, &mail(kind, &email)).await.unwrap_err();
        assert!(chain(&error).ends_with("this address gets no e-mails"), "{kind}: {error}");
    }
    let path = format!("/v1/members/{}/email-unblock", member.text("member_id"));
    let body = json!({"reason": "the mailbox is empty again"});
    let _ = world.supervisor.post(&path, body, Some("unblock")).await.expect(200);
    assert!(delivered(&world, &mail("SignUp", &email)).await.is_ok());
}
