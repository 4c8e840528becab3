//! Numbers as text, without the machinery of formatting.

/// A number's decimal digits.
#[derive(Debug)]
pub struct Decimal {
    digits: [u8; Self::MAX],
    start: usize,
}

impl Decimal {
    /// The digits of `u64::MAX`.
    const MAX: usize = 20;

    /// Those of `number`.
    pub fn of(mut number: u64) -> Self {
        let mut decimal = Decimal { digits: [b'0'; Self::MAX], start: Self::MAX };
        loop {
            decimal.start -= 1;
            decimal.digits[decimal.start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return decimal;
            }
        }
    }

    /// ASCII, without leading zeros.
    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[self.start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_usual() {
        for number in [0, 7, 10, 909, u64::MAX] {
            assert_eq!(Decimal::of(number).as_bytes(), number.to_string().as_bytes());
        }
    }
}
