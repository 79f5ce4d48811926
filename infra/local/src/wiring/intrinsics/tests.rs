//! Resolves each function once, and checks what is refused.

use serde_json::json;

use super::*;

const TEMPLATE: &str = r#"
Parameters:
  Stage: {Type: String, Default: desk}
Conditions:
  OnDesk: !Equals [!Ref Stage, desk]
  Elsewhere: !Not [Condition: OnDesk]
Resources:
  Letters: {Type: "AWS::SQS::Queue"}
  Named:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: !Sub "t-${Stage}"}
"#;

fn resolved(value: Value) -> anyhow::Result<Value> {
    let template = Template::parse(TEMPLATE).expect("supported");
    let resolver = Resolver::new(&template, &BTreeMap::new()).expect("has its parameters");
    resolver.resolve(&value)
}

#[test]
fn every_function_resolves() {
    for (value, expected) in [
        (json!({"Ref": "Stage"}), json!("desk")),
        (json!({"Ref": "Named"}), json!("t-desk")),
        (
            json!({"Ref": "Letters"}),
            json!("https://sqs.us-east-1.amazonaws.com/123456789012/Letters"),
        ),
        (
            json!({"Fn::GetAtt": ["Letters", "Arn"]}),
            json!("arn:aws:sqs:us-east-1:123456789012:Letters"),
        ),
        (
            json!({"Fn::Sub": "${Named.Arn}/index/${Stage}-${!kept}"}),
            json!("arn:aws:dynamodb:us-east-1:123456789012:table/t-desk/index/desk-${kept}"),
        ),
        (json!({"Fn::Sub": ["${x}!", {"x": {"Ref": "Stage"}}]}), json!("desk!")),
        (json!({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}), json!("a-desk")),
        (json!({"Fn::Select": [1, {"Fn::Split": ["/", "a/b/c"]}]}), json!("b")),
        (json!({"Fn::If": ["OnDesk", "yes", "no"]}), json!("yes")),
        (json!({"Fn::If": ["Elsewhere", "yes", "no"]}), json!("no")),
        (
            json!({"kept": 1, "gone": {"Fn::If": ["Elsewhere", 2, {"Ref": "AWS::NoValue"}]}}),
            json!({"kept": 1}),
        ),
    ] {
        assert_eq!(resolved(value.clone()).expect("resolves"), expected, "{value}");
    }
}

#[test]
fn unknown_parts_are_refused_by_name() {
    for (value, named) in [
        (json!({"Fn::ImportValue": "x"}), "Fn::ImportValue"),
        (json!({"Ref": "Nowhere"}), "Nowhere"),
        (json!({"Fn::GetAtt": ["Letters", "Colour"]}), "Letters.Colour"),
    ] {
        let error = resolved(value).expect_err("refused");
        assert!(format!("{error:#}").contains(named), "{error:#}");
    }
}

#[test]
fn an_override_stands_before_the_default() {
    let template = Template::parse(TEMPLATE).expect("supported");
    let overrides = BTreeMap::from([("Stage".to_owned(), "cloud".to_owned())]);
    let resolver = Resolver::new(&template, &overrides).expect("has its parameters");
    assert_eq!(resolver.resolve(&json!({"Ref": "Named"})).expect("resolves"), json!("t-cloud"));
    assert!(resolver.holds("Elsewhere").expect("holds"));
}
