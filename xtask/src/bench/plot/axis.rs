//! From a value to its place.

/// A straight axis, from `low` to `high`, drawn between two places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    is_logarithmic: bool,
}

impl Axis {
    /// Each step is so much more.
    pub(crate) fn linear((low, high): (f64, f64), (from, to): (f64, f64)) -> Axis {
        Axis { low, high, from, to, is_logarithmic: false }
    }

    /// Each step is so many times more. It begins and ends at a power of ten, around the values.
    pub(crate) fn logarithmic((low, high): (f64, f64), (from, to): (f64, f64)) -> Axis {
        let low = 10_f64.powf(low.log10().floor());
        let high = 10_f64.powf(high.log10().ceil()).max(low * 10.0);
        Axis { low, high, from, to, is_logarithmic: true }
    }

    /// Where `value` lies.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let part = if self.is_logarithmic {
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + part * (self.to - self.from)
    }

    /// Values worth a line: the powers of ten, or round ones about a quarter apart.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        if self.is_logarithmic {
            let powers = self.low.log10().round() as i32..=self.high.log10().round() as i32;
            return powers.map(|power| 10_f64.powi(power)).collect();
        }
        let rough = (self.high - self.low) / 4.0;
        let power = 10_f64.powf(rough.log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
        let step = round.into_iter().find(|step| *step >= rough).unwrap_or(rough);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).map(|number| number as f64 * step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn a_logarithmic_axis_has_a_line_at_each_power_of_ten() {
        let axis = Axis::logarithmic((0.3, 170.0), (0.0, 400.0));
        assert_eq!(axis.ticks(), [0.1, 1.0, 10.0, 100.0, 1000.0]);
        let places: Vec<_> = axis.ticks().iter().map(|tick| axis.place(*tick).round()).collect();
        assert_eq!(places, [0.0, 100.0, 200.0, 300.0, 400.0]);
    }

    #[test]
    fn a_linear_axis_may_run_upwards_and_has_round_lines() {
        let axis = Axis::linear((0.0, 850.0), (200.0, 30.0));
        assert_eq!(axis.ticks(), [0.0, 500.0]);
        assert_eq!((axis.place(0.0), axis.place(850.0)), (200.0, 30.0));
    }
}
