//! A histogram as lines of text.

use std::fmt;

use crate::format;
use crate::timings::Timings;

const BAR_WIDTH: usize = 36;
const MOST_ROWS: usize = 24;
/// Where a row may begin within a power of ten. The finest of these that needs few enough rows is taken.
const SCALES: [&[u64]; 3] = [&[10, 12, 15, 20, 25, 30, 40, 50, 60, 80], &[1, 2, 5], &[1]];

/// Writes one line for each step of a logarithmic scale, from the shortest duration to the longest.
///
/// Each line begins with a line break.
pub(crate) fn write(timings: &Timings, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if timings.is_empty() {
        return write!(f, "\n  nothing recorded");
    }
    let rows = rows(timings);
    let longest = rows.iter().map(|row| row.count).max().unwrap_or(1);
    for row in rows {
        write!(
            f,
            "\n{:>8} – {:<8} {:<BAR_WIDTH$} {:>13} {:>7}",
            format::limit(row.from_ns),
            format::limit(row.to_ns),
            bar(row.count, longest),
            format::count(row.count),
            format::share(row.count, timings.count()),
        )?;
    }
    Ok(())
}

/// How many durations lie in `from_ns..to_ns`, to the width of a bucket.
struct Row {
    from_ns: u64,
    to_ns: u64,
    count: u64,
}

fn rows(timings: &Timings) -> Vec<Row> {
    // Rounded up like a percentile: what was to last a millisecond is not shown below one.
    let points: Vec<(u64, u64)> =
        timings.recorded().map(|(index, count)| (timings.rounded_up_ns(index), count)).collect();
    let [Some(&(shortest_ns, _)), Some(&(longest_ns, _))] = [points.first(), points.last()] else {
        return Vec::new();
    };
    let [fine, usual, coarse] = SCALES.map(|steps| scale(shortest_ns, longest_ns, steps));
    let limits = [fine, usual].into_iter().find(|limits| limits.len() <= MOST_ROWS + 1);
    let limits = limits.unwrap_or(coarse);
    let mut rows: Vec<Row> = limits
        .windows(2)
        .map(|limits| Row { from_ns: limits[0], to_ns: limits[1], count: 0 })
        .collect();
    for (ns, count) in points {
        let row = rows.partition_point(|row| row.to_ns <= ns).min(rows.len() - 1);
        rows[row].count = rows[row].count.saturating_add(count);
    }
    rows
}

/// The limits between rows: `steps` of them in each power of ten.
///
/// The first row holds the shortest duration, and the last one the longest.
fn scale(shortest_ns: u64, longest_ns: u64, steps: &[u64]) -> Vec<u64> {
    // 31 years: beyond that the next limit might not fit.
    const MOST_NS: u64 = 10u64.pow(18);
    let (shortest_ns, longest_ns) = (shortest_ns.min(MOST_NS), longest_ns.min(MOST_NS));
    let powers = std::iter::successors(Some(1u64), |power| power.checked_mul(10));
    let ladder = powers.flat_map(|power| steps.iter().map(move |step| power.saturating_mul(*step)));
    let mut limits = vec![0];
    for limit in ladder {
        if limit <= shortest_ns {
            limits.clear();
        }
        limits.push(limit);
        if limit > longest_ns {
            break;
        }
    }
    limits
}

/// A bar in steps of an eighth of a character; at least the thinnest one, unless nothing is there.
fn bar(count: u64, longest: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (count as f64 / longest as f64 * (BAR_WIDTH * 8) as f64).round() as usize;
    let eighths = if count > 0 { eighths.max(1) } else { 0 };
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}
