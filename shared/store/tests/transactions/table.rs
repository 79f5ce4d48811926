//! A table in memory, as `infra/template.yaml` defines it, behind dynoxide's HTTP server.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use puntos_store::Store;
use puntos_store::keys::Key;
use serde_json::{Value, json};

const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");

/// A table of its own for one test.
pub(crate) struct Table {
    pub(crate) store: Store,
    client: Client,
}

impl Table {
    pub(crate) async fn new() -> Self {
        let database = dynoxide::Database::memory().unwrap();
        database.create_table(serde_json::from_value(definition()).unwrap()).unwrap();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // The server ends with the runtime of its test.
        tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            std::future::pending::<()>(),
        ));
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(url)
            .build();
        let client = Client::from_conf(config);
        Self { store: Store::new(client.clone(), "puntos", "stack"), client }
    }

    /// Returns the store of another process.
    pub(crate) fn another_store(&self) -> Store {
        Store::new(self.client.clone(), "puntos", "stack")
    }

    /// Returns all items, sorted by key.
    pub(crate) async fn items(&self) -> Vec<Value> {
        let output = self.client.scan().table_name("puntos").send().await.unwrap();
        let items = output.items.unwrap_or_default().into_iter();
        let mut items: Vec<Value> =
            items.map(|item| serde_dynamo::from_item(item).unwrap()).collect();
        items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
        items
    }

    /// Changes an item by hand.
    pub(crate) async fn tamper(&self, key: &Key, update: &str, value: AttributeValue) {
        let write = self.client.update_item().table_name("puntos");
        let write = write.set_key(Some(key.attributes())).update_expression(update);
        let write = match update.contains("#row") {
            true => write.expression_attribute_names("#row", "row"),
            false => write,
        };
        write.expression_attribute_values(":value", value).send().await.unwrap();
    }

    /// Removes an attribute by hand.
    pub(crate) async fn forget(&self, key: &Key, attribute: &str) {
        let write = self.client.update_item().table_name("puntos");
        let write = write.set_key(Some(key.attributes())).update_expression("REMOVE #name");
        write.expression_attribute_names("#name", attribute).send().await.unwrap();
    }

    /// Removes an item by hand.
    pub(crate) async fn remove(&self, key: &Key) {
        let write = self.client.delete_item().table_name("puntos");
        write.set_key(Some(key.attributes())).send().await.unwrap();
    }

    /// Returns the items that were written since, and the keys of those that were deleted.
    pub(crate) async fn changes(&self, before: &[Value]) -> Vec<Value> {
        let mut items = self.items().await;
        let key = |item: &Value| (item["pk"].clone(), item["sk"].clone());
        let kept: Vec<_> = items.iter().map(key).collect();
        let deleted = before.iter().map(key).filter(|key| !kept.contains(key));
        let deleted: Vec<Value> =
            deleted.map(|(pk, sk)| json!({"deleted": {"pk": pk, "sk": sk}})).collect();
        items.retain(|item| !before.contains(item));
        items.extend(deleted);
        items
    }
}

/// Returns the table of the template as `CreateTable` takes it.
fn definition() -> Value {
    let template = std::fs::read_to_string(TEMPLATE).unwrap();
    let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(&template).unwrap();
    let properties = &template["Resources"]["PuntosTable"]["Properties"];
    let mut definition = json!({ "TableName": "puntos" });
    for name in ["BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"] {
        definition[name] = serde_json::to_value(&properties[name]).unwrap();
    }
    definition
}
