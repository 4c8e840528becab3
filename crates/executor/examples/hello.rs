//! The smallest program: submit a job, wait for its result.
//!
//! ```text
//! cargo run -p executor --example hello
//! ```

use executor::{GreenThreadPoolExecutor, Shutdown};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().name("hello").build()?;

    let answer = pool.submit(|| "Hello from a green thread".len())?;
    println!("the job counted {} letters", answer.result()?);

    pool.shutdown(Shutdown::wait())?;
    println!("{}", pool.statistics());
    Ok(())
}
