//! Serialising snapshots and reading them again.

use serde_json::{Value, json};
use stats::{ExecutorStatistics, Timings};

use crate::{busy_snapshot, timings};

#[test]
fn a_snapshot_survives_the_round_trip() {
    let statistics = busy_snapshot();
    let json = serde_json::to_string(&statistics).unwrap();
    assert_eq!(serde_json::from_str::<ExecutorStatistics>(&json).unwrap(), statistics);
}

#[test]
fn the_json_reads_as_what_it_means() {
    let json = serde_json::to_value(timings(&[5, 5, 1000, u64::MAX / 2])).unwrap();
    let last_bucket = (1u64 << 42) - 1;
    assert_eq!(
        json,
        json!({
            "sum_ns": u64::MAX / 2 + 1010,
            "min_ns": 5,
            "max_ns": u64::MAX / 2,
            "buckets": [[5, 2], [1007, 1], [last_bucket, 1]],
        })
    );
    let json = serde_json::to_value(busy_snapshot()).unwrap();
    assert_eq!(json["submitted"], 19);
    assert_eq!(json["uptime"], json!({"secs": 2, "nanos": 0}));
    assert_eq!(json["run_time"]["sum_ns"], 100_000);
}

#[test]
fn missing_fields_count_as_zero_and_unknown_ones_are_ignored() {
    let json = json!({"rejected": 3, "introduced_later": true});
    let statistics: ExecutorStatistics = serde_json::from_value(json).unwrap();
    assert_eq!(statistics.rejected(), 3);
    assert_eq!(statistics.executed(), 0);
    let nothing: ExecutorStatistics = serde_json::from_str("{}").unwrap();
    assert_eq!(nothing, ExecutorStatistics::default());
}

#[test]
fn timings_that_no_histogram_can_have_are_refused() {
    let cases = [
        ("not the largest value of a bucket", encoded(130, 130, 130, &json!([[130, 1]]))),
        ("not the largest value of a bucket", encoded(1, 1, 1, &json!([[u64::MAX, 1]]))),
        ("has count 0", encoded(0, 0, 0, &json!([[7, 0]]))),
        ("out of ascending order", encoded(5, 2, 3, &json!([[3, 1], [2, 1]]))),
        ("out of ascending order", encoded(4, 2, 2, &json!([[2, 1], [2, 1]]))),
        ("exceed 64 bits", encoded(5, 2, 3, &json!([[2, u64::MAX], [3, 1]]))),
        ("contradict", encoded(5, 1, 3, &json!([[2, 1], [3, 1]]))),
        ("contradict", encoded(5, 2, 9, &json!([[2, 1], [3, 1]]))),
        ("contradict", encoded(258, 129, 128, &json!([[129, 2]]))),
        ("contradict", encoded(1, 0, 0, &json!([]))),
    ];
    for (complaint, json) in cases {
        let error = serde_json::from_value::<Timings>(json.clone()).unwrap_err().to_string();
        assert!(error.contains(complaint), "{json}: {error}");
    }
}

fn encoded(sum_ns: u64, min_ns: u64, max_ns: u64, buckets: &Value) -> Value {
    json!({"sum_ns": sum_ns, "min_ns": min_ns, "max_ns": max_ns, "buckets": buckets})
}
