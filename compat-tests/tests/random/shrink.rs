//! Makes a program that differs smaller, as long as it differs.

use crate::{
    both::Side,
    program::{Ending, Program},
};

/// Candidates that are run at a time.
const AT_A_TIME: usize = 200;

/// The smallest program found that still differs.
pub fn shrink(program: Program, sides: &[Side; 2]) -> Result<Program, String> {
    let mut best = program;
    while let Some(smaller) = first_that_differs(&smaller_ones(&best), sides)? {
        best = smaller;
    }
    Ok(best)
}

fn first_that_differs(candidates: &[Program], sides: &[Side; 2]) -> Result<Option<Program>, String> {
    for some in candidates.chunks(AT_A_TIME) {
        let (a, b) = (sides[0].traces(some)?, sides[1].traces(some)?);
        if let Some(i) = (0..some.len()).find(|i| a[*i] != b[*i] && a[*i] != "not run\n" && b[*i] != "not run\n") {
            return Ok(Some(some[i].clone()));
        }
    }
    Ok(None)
}

/// The program without each run of statements, longest runs first; then with tamer endings and fewer things.
fn smaller_ones(program: &Program) -> Vec<Program> {
    let mut found = Vec::new();
    let lengths: Vec<_> = program.clone().bodies().map(|body| body.len()).collect();
    for size in [16, 8, 4, 2, 1] {
        for (which, length) in lengths.iter().enumerate().rev() {
            for from in (0..*length).step_by(size).filter(|from| size == 1 || from + size <= *length) {
                let mut smaller = program.clone();
                if let Some(body) = smaller.bodies().nth(which) {
                    body.drain(from..from + size);
                }
                found.push(smaller);
            }
        }
    }
    for (i, script) in program.scripts.iter().enumerate() {
        if script.ending != Ending::Done {
            let mut tamer = program.clone();
            tamer.scripts[i].ending = Ending::Done;
            found.push(tamer);
        }
    }
    found
}
