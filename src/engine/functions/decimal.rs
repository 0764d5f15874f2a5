//! Decimal numbers of any length, as shopspring/decimal counts for Sprig's `addf`, `subf`, `mulf` and `divf`.

use std::cmp::Ordering;

use super::Failure;
use super::format::format_float;

/// Digits behind the point that a division gives (`decimal.DivisionPrecision`).
const DIVISION_PRECISION: i64 = 16;

/// Most digits of a number; sums of the largest and least floats have 632.
const MAX_DIGITS: usize = 4096;

/// `±digits · 10^exponent`; the least digit comes first, the greatest is never 0, zero has none.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// 0
    pub(super) fn zero() -> Self {
        Self { negative: false, digits: Vec::new(), exponent: 0 }
    }

    /// The shortest decimal that reads back as `value`.
    pub(super) fn from_float(value: f64) -> Result<Self, Failure> {
        if !value.is_finite() {
            let shown = format_float(value, b'g', None, 64);
            return Err(Failure::Error(format!("Cannot create a Decimal from {shown}")));
        }
        let text = format!("{:e}", value.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = mantissa.bytes().rev().filter(u8::is_ascii_digit).map(|c| c - b'0').collect();
        let exponent = exponent.parse::<i64>().unwrap_or(0) - fraction as i64;
        Ok(Self { negative: value < 0.0, digits, exponent }.trimmed())
    }

    /// The nearest float.
    pub(super) fn to_float(&self) -> f64 {
        if self.digits.is_empty() {
            return 0.0;
        }
        let mut text = String::with_capacity(self.digits.len() + 8);
        if self.negative {
            text.push('-');
        }
        text.extend(self.digits.iter().rev().map(|digit| char::from(b'0' + digit)));
        text.push('e');
        text.push_str(&self.exponent.to_string());
        text.parse().unwrap_or(0.0)
    }

    fn trimmed(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.negative = false;
        }
        self
    }

    /// The digits as if the exponent were `exponent`, which must not be greater than it is.
    fn digits_at(&self, exponent: i64) -> Result<Vec<u8>, Failure> {
        let shift = usize::try_from(self.exponent - exponent).unwrap_or(usize::MAX);
        if shift > MAX_DIGITS {
            return Err(Failure::Limit(format!("a decimal has more than {MAX_DIGITS} digits")));
        }
        let mut digits = vec![0; shift];
        digits.extend_from_slice(&self.digits);
        Ok(digits)
    }

    pub(super) fn add(&self, other: &Self) -> Result<Self, Failure> {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.digits_at(exponent)?, other.digits_at(exponent)?);
        let (negative, digits) = if self.negative == other.negative {
            (self.negative, sum(&left, &right))
        } else if compare(&left, &right) == Ordering::Less {
            (other.negative, difference(&right, &left))
        } else {
            (self.negative, difference(&left, &right))
        };
        Ok(Self { negative, digits, exponent }.trimmed())
    }

    pub(super) fn subtract(&self, other: &Self) -> Result<Self, Failure> {
        self.add(&Self { negative: !other.negative, ..other.clone() })
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        let mut digits = vec![0_u8; self.digits.len() + other.digits.len()];
        for (at, left) in self.digits.iter().enumerate() {
            let mut carry = 0_u8;
            for (place, right) in other.digits.iter().chain([&0]).enumerate() {
                let Some(digit) = digits.get_mut(at + place) else { break };
                let value = *digit + left * right + carry;
                *digit = value % 10;
                carry = value / 10;
            }
        }
        let exponent = self.exponent + other.exponent;
        Self { negative: self.negative != other.negative, digits, exponent }.trimmed()
    }

    /// Rounded to [`DIVISION_PRECISION`] digits behind the point, halves away from zero.
    pub(super) fn divide(&self, other: &Self) -> Result<Self, Failure> {
        if other.digits.is_empty() {
            return Err(Failure::error("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let scale = |digits: &[u8], by: i64| {
            Self { negative: false, digits: digits.to_vec(), exponent: by }.digits_at(0)
        };
        let dividend = scale(&self.digits, shift.max(0))?;
        let divisor = scale(&other.digits, (-shift).max(0))?;
        let mut quotient = vec![0_u8; dividend.len()];
        let mut rest: Vec<u8> = Vec::new();
        for (at, digit) in dividend.iter().enumerate().rev() {
            rest.insert(0, *digit);
            while compare(&rest, &divisor) != Ordering::Less {
                rest = difference(&rest, &divisor);
                if let Some(place) = quotient.get_mut(at) {
                    *place += 1;
                }
            }
        }
        if compare(&sum(&rest, &rest), &divisor) != Ordering::Less {
            quotient = sum(&quotient, &[1]);
        }
        let negative = self.negative != other.negative;
        Ok(Self { negative, digits: quotient, exponent: -DIVISION_PRECISION }.trimmed())
    }
}

fn significant(digits: &[u8]) -> &[u8] {
    let len = digits.iter().rposition(|digit| *digit != 0).map_or(0, |at| at + 1);
    digits.get(..len).unwrap_or_default()
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (left, right) = (significant(left), significant(right));
    left.len().cmp(&right.len()).then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

fn sum(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let len = left.len().max(right.len()) + 1;
    let digit = |digits: &[u8], at: usize| digits.get(at).copied().unwrap_or(0);
    (0..len)
        .map(|at| {
            let value = digit(left, at) + digit(right, at) + carry;
            carry = value / 10;
            value % 10
        })
        .collect()
}

/// `left` must not be less than `right`.
fn difference(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut digits: Vec<u8> = left
        .iter()
        .enumerate()
        .map(|(at, digit)| {
            let taken = right.get(at).copied().unwrap_or(0) + borrow;
            borrow = u8::from(*digit < taken);
            digit + 10 * borrow - taken
        })
        .collect();
    digits.truncate(significant(&digits).len());
    digits
}
