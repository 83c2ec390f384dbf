//! Memory that somebody else owns.

#![allow(unsafe_code)]

/// Memory that the caller of `recv_into_raw` promised to keep.
pub(crate) struct RawBuffer {
    start: *mut u8,
    size: usize,
}

impl RawBuffer {
    /// # Safety
    ///
    /// `start..start + size` is initialized, valid for reads and writes and not used otherwise as long as the value
    /// returned lives.
    pub(crate) unsafe fn new(start: *mut u8, size: usize) -> RawBuffer {
        RawBuffer { start, size }
    }
}

impl AsMut<[u8]> for RawBuffer {
    fn as_mut(&mut self) -> &mut [u8] {
        if self.size == 0 {
            return &mut [];
        }
        // SAFETY: the promise made to `new`: the memory is valid and ours alone as long as `self` lives.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.size) }
    }
}
