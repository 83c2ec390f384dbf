//! A part of a buffer that was given away.

use std::ops::{Bound, RangeBounds};

use crate::error::{Error, Result};

/// A range of a buffer, resolved again at each try since `AsMut` may answer another slice every time.
#[derive(Clone, Copy)]
pub(super) struct Part {
    start: Bound<usize>,
    end: Bound<usize>,
}

impl Part {
    pub(super) fn of(range: impl RangeBounds<usize>) -> Part {
        Part { start: range.start_bound().cloned(), end: range.end_bound().cloned() }
    }

    pub(super) fn cut(self, buffer: &mut [u8]) -> Result<&mut [u8]> {
        let size = buffer.len();
        let range = (self.start, self.end);
        buffer.get_mut(range).ok_or_else(|| {
            Error::invalid_input(format!("the range {range:?} is not within the buffer of {size} bytes"))
        })
    }
}
