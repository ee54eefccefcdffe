//! Runs seeds. `SIM_SEED=n` replays one with its whole trace, `SIM_SEEDS=from..to` runs others than the usual ones.

use sim::{API_SEEDS, Outcome, generate, regressions, run};
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Seeds that every run of the tests takes.
const USUAL: std::ops::Range<u64> = 0..1000;

/// Seeds with an API server that every run of the tests takes besides.
const USUAL_WITH_API: std::ops::Range<u64> = API_SEEDS..API_SEEDS + 200;

/// Seeds that are run twice: the same must happen both times.
const TWICE: u64 = 40;

/// The same with an API server; some of them once went another way the second time.
const TWICE_WITH_API: std::ops::Range<u64> = API_SEEDS..API_SEEDS + 30;

/// Real time that one seed may take; it takes a tenth of a second, or a whole one.
const LONGEST: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    if let Some(seed) = number("SIM_SEED") {
        return replay(seed);
    }
    let seeds = match std::env::var("SIM_SEEDS") {
        Ok(text) => range(&text),
        Err(_) => USUAL,
    };
    let besides = if seeds == USUAL { USUAL_WITH_API } else { 0..0 };
    let threads = number("SIM_THREADS")
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(2, |count| count.get() as u64));
    let began = Instant::now();
    let todo: VecDeque<u64> =
        regressions::SEEDS.iter().map(|(seed, _)| *seed).chain(seeds.clone()).chain(besides).collect();
    let count = todo.len();
    let queue = Mutex::new(todo);
    let failed = Mutex::new(Vec::new());
    let calls = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = next(&queue) {
                    let is_repeated =
                        seed < seeds.start.saturating_add(TWICE) || TWICE_WITH_API.contains(&seed);
                    let outcome = run_one(seed, is_repeated);
                    calls.fetch_add(outcome.calls, std::sync::atomic::Ordering::Relaxed);
                    if !outcome.broken.is_empty() {
                        report(&outcome);
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(outcome.seed);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort_unstable();
    println!(
        "sim: {count} seeds ran in {:.1} s on {threads} threads, {} runtime calls, {} failed {failed:?}",
        began.elapsed().as_secs_f64(),
        calls.into_inner(),
        failed.len(),
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn next(queue: &Mutex<VecDeque<u64>>) -> Option<u64> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn run_one(seed: u64, is_repeated: bool) -> Outcome {
    let began = Instant::now();
    let scenario = generate(seed);
    let mut outcome = run(&scenario, false);
    if is_repeated {
        let again = run(&scenario, false);
        if again.hash != outcome.hash {
            outcome.broken.push("the same seed went another way the second time".to_owned());
        }
    }
    if began.elapsed() > LONGEST {
        outcome.broken.push(format!("it took {:?}", began.elapsed()));
    }
    outcome
}

fn report(outcome: &Outcome) {
    println!(
        "seed {} failed:\n  {}\nthe last lines before the first of these:\n{}\nreplay: SIM_SEED={} cargo test -p sim\n",
        outcome.seed,
        outcome.broken.join("\n  "),
        outcome.trace.join("\n"),
        outcome.seed
    );
}

fn replay(seed: u64) -> ExitCode {
    let scenario = generate(seed);
    println!("{scenario:#?}");
    let outcome = run(&scenario, true);
    let again = run(&scenario, true);
    let differing = outcome.trace.iter().zip(&again.trace).find(|(one, other)| one != other);
    if let Some((one, other)) = differing {
        println!("the same seed went another way the second time:\n  {one}\n  {other}");
    }
    for line in &outcome.trace {
        println!("{line}");
    }
    println!(
        "seed {seed}: hash {:016x}, {} calls, broken: {:#?}",
        outcome.hash, outcome.calls, outcome.broken
    );
    if outcome.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("it is a number"))
}

fn range(text: &str) -> std::ops::Range<u64> {
    let (from, to) = text.split_once("..").expect("SIM_SEEDS is from..to");
    from.parse().expect("it is a number")..to.parse().expect("it is a number")
}
