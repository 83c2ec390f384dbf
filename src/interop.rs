//! To and from tokio's own types, and other loops: descriptors that change hands, a descriptor as a tokio stream, the
//! selector lent.

pub(crate) mod convert;
mod lend;
mod stream;

pub use convert::ConvertError;
pub(crate) use lend::Recalled;
pub use stream::{FdReadHalf, FdStream, FdWriteHalf};
