//! Buffers and values whose own functions use the loop, or panic.

use std::cell::RefCell;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use asyncdispatch::*;
use asyncdispatch_compat_tests::*;

use crate::panics;

/// A buffer that uses the loop whenever it is looked at, and is not the same each time.
struct Restless(Vec<u8>, Count);

impl AsMut<[u8]> for Restless {
    fn as_mut(&mut self) -> &mut [u8] {
        let _nested = poll_with(0);
        let size = if self.1.up() % 2 == 0 { 2 } else { 8 };
        &mut self.0[..size]
    }
}

#[test]
fn a_buffer_that_turns_the_loop_and_changes_its_size() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        for _ in 0..4 {
            let f = a.recv_into(Restless(vec![0; 8], Count::default()));
            peer.write_all(b"12345678")?;
            let (size, buffer) = wait_for(f)?;
            assert!(size <= 8);
            assert_eq!(buffer.0[..size.min(2)], b"12345678"[..size.min(2)]);
            let left = 8 - size;
            assert_eq!(wait_for(a.recv(left))?.len(), left, "nothing is lost");
        }
        a.close_socket()
    });
}

struct Panicking;

impl AsMut<[u8]> for Panicking {
    fn as_mut(&mut self) -> &mut [u8] {
        panic!("as_mut")
    }
}

#[test]
fn a_buffer_that_panics() {
    guarded(|| {
        let (a, mut peer) = pair()?;
        let f = catch_unwind(AssertUnwindSafe(|| a.recv_into(Panicking)));
        peer.write_all(b"abc")?;
        if let Ok(f) = f {
            assert!(panics(|| drop(wait_for(f))));
        }
        assert_eq!(wait_for(a.recv(3))?, b"abc");
        a.close_socket()
    });
}

/// A value whose clone takes it out of the future that it is read from.
struct Greedy(Rc<RefCell<Option<NimFuture<Greedy>>>>);

impl Clone for Greedy {
    fn clone(&self) -> Greedy {
        if let Some(future) = self.0.take() {
            let _taken = future.take();
            future.clear_callbacks();
            assert!(future.try_complete(Greedy(self.0.clone())).is_err());
        }
        Greedy(self.0.clone())
    }
}

#[test]
fn a_value_that_takes_itself_while_it_is_cloned() {
    guarded(|| {
        let (f, slot) = (new_future("greedy"), Rc::default());
        f.complete(Greedy(Rc::clone(&slot)));
        *slot.borrow_mut() = Some(f.clone());
        let _read = f.read();
        *slot.borrow_mut() = Some(f.clone());
        let _read = wait_for(&f);
        slot.take();
        Ok(())
    });
}

#[test]
fn a_value_that_uses_its_variable_while_it_is_lent() {
    guarded(|| {
        let v = new_future_var::<Vec<u8>>("v");
        let inner = v.clone();
        let nested = v.mget(|value| {
            value.push(1);
            panics(|| inner.mget(|value| value.push(2)))
        });
        assert!(nested, "a documented panic");
        v.complete();
        assert_eq!(v.read()?, [1]);
        Ok(())
    });
}
