use super::plan::Schedule;
use crate::settings::Frequencies;
use std::time::Duration;
use tokio::time::Instant;

/// Seconds from `began` until the next look.
fn due(schedule: &Schedule, began: Instant) -> f64 {
    schedule.due(&Frequencies::default()).duration_since(began).as_secs_f64()
}

#[tokio::test(start_paused = true)]
async fn when_to_look() {
    let began = Instant::now();
    let at = |second: u64| began + Duration::from_secs(second);
    let mut schedule = Schedule::new(began);
    assert_eq!(due(&schedule, began), 0.0, "a report comes first");
    schedule.reported_change(at(0), 0.5);
    assert_eq!(due(&schedule, began), 300.0);
    schedule.reported_change(at(0), 0.0);
    assert_eq!(due(&schedule, began), 150.0, "half a period earlier");
    schedule.reported_change(at(0), 1.0);
    assert_eq!(due(&schedule, began), 450.0, "half a period later");

    schedule.nothing_new(at(20), 0.0);
    schedule.changed();
    assert_eq!(due(&schedule, began), 30.0, "what can wait waits for the update period");
    schedule.health_changed();
    assert_eq!(due(&schedule, began), 20.0, "health does not wait");
    schedule.reported_change(at(21), 0.5);
    schedule.health_changed();
    assert_eq!(due(&schedule, began), 22.0, "unless it was reported a moment ago");
    schedule.nothing_new(at(22), 0.5);
    assert_eq!(due(&schedule, began), 321.0);

    schedule.health_changed();
    schedule.failed(at(25), 1.0);
    assert_eq!(
        due(&schedule, began),
        35.4,
        "a server that refused is left alone, and nodes do not keep step"
    );
    schedule.health_changed();
    schedule.changed();
    assert_eq!(due(&schedule, began), 35.4);
    schedule.reported_unchanged(at(36), 1.0);
    assert_eq!(due(&schedule, began), 336.0, "from now on regularly");
}
