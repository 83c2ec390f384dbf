//! The functions of libpq that this example uses, and safe owners for what they return. All `unsafe` is here.
//!
//! Nothing in this file waits: the functions of libpq for non-blocking use are called when the descriptor is ready.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use asyncdispatch::{AsyncFD, Error, Result, register_raw};

/// libpq's connection and its result; only pointers to them exist.
#[repr(C)]
struct PGconn {
    _private: [u8; 0],
}

#[repr(C)]
struct PGresult {
    _private: [u8; 0],
}

// The numbers of `libpq-fe.h`.
const CONNECTION_BAD: c_int = 1;
const PGRES_POLLING_READING: c_int = 1;
const PGRES_POLLING_WRITING: c_int = 2;
const PGRES_POLLING_OK: c_int = 3;
const PGRES_COMMAND_OK: c_int = 1;
const PGRES_TUPLES_OK: c_int = 2;

#[link(name = "pq")]
unsafe extern "C" {
    fn PQconnectStart(conninfo: *const c_char) -> *mut PGconn;
    fn PQconnectPoll(conn: *mut PGconn) -> c_int;
    fn PQfinish(conn: *mut PGconn);
    fn PQstatus(conn: *const PGconn) -> c_int;
    fn PQsocket(conn: *const PGconn) -> c_int;
    fn PQerrorMessage(conn: *const PGconn) -> *const c_char;
    fn PQsetnonblocking(conn: *mut PGconn, arg: c_int) -> c_int;
    fn PQsendQueryParams(
        conn: *mut PGconn,
        command: *const c_char,
        params: c_int,
        types: *const u32,
        values: *const *const c_char,
        lengths: *const c_int,
        formats: *const c_int,
        result_format: c_int,
    ) -> c_int;
    fn PQflush(conn: *mut PGconn) -> c_int;
    fn PQconsumeInput(conn: *mut PGconn) -> c_int;
    fn PQisBusy(conn: *mut PGconn) -> c_int;
    fn PQgetResult(conn: *mut PGconn) -> *mut PGresult;
    fn PQresultStatus(result: *const PGresult) -> c_int;
    fn PQresultErrorMessage(result: *const PGresult) -> *const c_char;
    fn PQntuples(result: *const PGresult) -> c_int;
    fn PQnfields(result: *const PGresult) -> c_int;
    fn PQgetvalue(result: *const PGresult, row: c_int, column: c_int) -> *const c_char;
    fn PQclear(result: *mut PGresult);
}

/// What a connection attempt waits for.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Read,
    Write,
    Done,
}

/// A connection or an attempt at one; finished when dropped, which closes its descriptor.
pub struct Handle(NonNull<PGconn>);

impl Handle {
    /// Starts to connect; does not wait, as long as hosts are given by number or as directories of sockets.
    pub fn start(conninfo: &str) -> Result<Handle> {
        let conninfo = CString::new(conninfo)?;
        // SAFETY: the string ends with a zero and outlives the call.
        let conn = unsafe { PQconnectStart(conninfo.as_ptr()) };
        let handle = Handle(NonNull::new(conn).ok_or("libpq has no memory")?);
        // SAFETY: the connection is not finished before `handle` is dropped; so for all calls below.
        match unsafe { PQstatus(handle.raw()) } {
            CONNECTION_BAD => Err(handle.error()),
            _ => Ok(handle),
        }
    }

    fn raw(&self) -> *mut PGconn {
        self.0.as_ptr()
    }

    /// Goes on with connecting. This may close the descriptor and open another: `&mut`, so that nobody has it borrowed.
    pub fn connect_poll(&mut self) -> Result<Step> {
        // SAFETY: see `start`.
        match unsafe { PQconnectPoll(self.raw()) } {
            PGRES_POLLING_READING => Ok(Step::Read),
            PGRES_POLLING_WRITING => Ok(Step::Write),
            PGRES_POLLING_OK => Ok(Step::Done),
            _ => Err(self.error()),
        }
    }

    /// Lends the present descriptor to the thread's dispatcher, which will not close it.
    pub fn register(&self) -> Result<Borrowed<'_>> {
        // SAFETY: see `start`.
        let socket = unsafe { PQsocket(self.raw()) };
        // SAFETY: only `connect_poll` and the end of the handle close it, and neither can come while it is borrowed;
        // the key is taken back when `Borrowed` is dropped.
        let key = unsafe { register_raw(socket) }?;
        Ok(Borrowed { key, _handle: PhantomData })
    }

    pub fn set_nonblocking(&self) -> Result<()> {
        // SAFETY: see `start`.
        self.check(unsafe { PQsetnonblocking(self.raw(), 1) } == 0)
    }

    /// Begins a query with parameters as text.
    pub fn send(&self, command: &str, params: &[&str]) -> Result<()> {
        let command = CString::new(command)?;
        let params = params.iter().map(|param| CString::new(*param)).collect::<Result<Vec<_>, _>>()?;
        let values: Vec<_> = params.iter().map(|param| param.as_ptr()).collect();
        // SAFETY: as in `start`; `values` has as many strings as are said, all outlive the call; types, lengths and
        // formats may be null: the server infers, text, text.
        let sent = unsafe {
            PQsendQueryParams(
                self.raw(),
                command.as_ptr(),
                values.len() as c_int,
                ptr::null(),
                values.as_ptr(),
                ptr::null(),
                ptr::null(),
                0,
            )
        };
        self.check(sent == 1)
    }

    /// Sends what can be sent; answers whether that was all.
    pub fn flush(&self) -> Result<bool> {
        // SAFETY: see `start`.
        let left = unsafe { PQflush(self.raw()) };
        self.check(left >= 0)?;
        Ok(left == 0)
    }

    /// Takes what has arrived.
    pub fn consume_input(&self) -> Result<()> {
        // SAFETY: see `start`.
        self.check(unsafe { PQconsumeInput(self.raw()) } == 1)
    }

    /// Whether `result` would block.
    pub fn is_busy(&self) -> bool {
        // SAFETY: see `start`.
        unsafe { PQisBusy(self.raw()) == 1 }
    }

    /// The next result of the query; `None` at its end.
    pub fn result(&self) -> Option<Result<Rows>> {
        // SAFETY: see `start`.
        let result = Rows(NonNull::new(unsafe { PQgetResult(self.raw()) })?);
        // SAFETY: the result is not cleared before it is dropped; so for all calls below.
        Some(match unsafe { PQresultStatus(result.raw()) } {
            PGRES_COMMAND_OK | PGRES_TUPLES_OK => Ok(result),
            // SAFETY: likewise; libpq returns a string, empty at least.
            _ => Err(error(unsafe { CStr::from_ptr(PQresultErrorMessage(result.raw())) })),
        })
    }

    fn check(&self, good: bool) -> Result<()> {
        if good { Ok(()) } else { Err(self.error()) }
    }

    fn error(&self) -> Error {
        // SAFETY: see `start`; libpq returns a string, empty at least.
        error(unsafe { CStr::from_ptr(PQerrorMessage(self.raw())) })
    }
}

/// The dispatcher's key of a descriptor that is libpq's. Dropping it takes the key back and closes nothing, also when
/// the proc that waits is cancelled.
pub struct Borrowed<'a> {
    pub key: AsyncFD,
    _handle: PhantomData<&'a Handle>,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        // Only a dispatcher that has gone refuses, and then there is no key any more.
        drop(self.key.unregister());
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the only place that finishes it.
        unsafe { PQfinish(self.raw()) };
    }
}

/// The rows of a result.
pub struct Rows(NonNull<PGresult>);

impl Rows {
    fn raw(&self) -> *mut PGresult {
        self.0.as_ptr()
    }

    pub fn len(&self) -> usize {
        // SAFETY: see `Handle::result`.
        unsafe { PQntuples(self.raw()) as usize }
    }

    /// A field as text; NULL is the empty one.
    pub fn get(&self, row: usize, column: usize) -> &str {
        // SAFETY: see `Handle::result`.
        let columns = unsafe { PQnfields(self.raw()) as usize };
        assert!(row < self.len() && column < columns, "no field {column} in row {row}");
        // SAFETY: likewise, and the field exists; the string lives as long as the result.
        let text = unsafe { CStr::from_ptr(PQgetvalue(self.raw(), row as c_int, column as c_int)) };
        text.to_str().expect("the client encoding is UTF-8")
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        // SAFETY: the only place that clears it.
        unsafe { PQclear(self.raw()) };
    }
}

fn error(text: &CStr) -> Error {
    text.to_string_lossy().trim_end().to_owned().into()
}
