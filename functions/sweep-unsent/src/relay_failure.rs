//! A failure of the relay, as Lambda sends it to the failure destination of a stream:
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html>. It has no contents.

use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "DDBStreamBatchInfo")]
    batch: Batch,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    approximate_arrival_of_first_record: Timestamp,
    approximate_arrival_of_last_record: Timestamp,
}

/// Returns when the first and the last record of a batch came that the relay gave up.
///
/// # Errors
/// Refuses any other message.
pub(crate) fn arrivals(body: &str) -> Result<(Timestamp, Timestamp), serde_json::Error> {
    let Failure { batch } = serde_json::from_str(body)?;
    Ok((batch.approximate_arrival_of_first_record, batch.approximate_arrival_of_last_record))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of AWS's documentation.
    const DOCUMENTED: &str = r#"{
        "requestContext": {
            "requestId": "316aa6d0-8154-xmpl-9af7-85d5f4a6bc81",
            "functionArn": "arn:aws:lambda:us-east-2:123456789012:function:myfunction",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 1
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2019-11-14T00:13:49.717Z",
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000001573689847184-864758bb",
            "startSequenceNumber": "800000000003126276362",
            "endSequenceNumber": "800000000003126276362",
            "approximateArrivalOfFirstRecord": "2019-11-14T00:13:19Z",
            "approximateArrivalOfLastRecord": "2019-11-14T00:13:19Z",
            "batchSize": 1,
            "streamArn": "arn:aws:dynamodb:us-east-2:123456789012:table/mytable/stream/2019-11-14T00:04:06.388"
        }
    }"#;

    #[test]
    fn the_documented_failure_is_read() {
        let at: Timestamp = "2019-11-14T00:13:19Z".parse().unwrap();
        assert_eq!(arrivals(DOCUMENTED).unwrap(), (at, at));
        assert!(arrivals("{}").is_err());
    }
}
