//! A forked child, which shares the epoll instances of its parent, and has none of its threads.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use greenctx::Carrier;
use greenio::net::{UnixStream, lookup_host};
use greenio::{Offload, OffloadErrorKind, fs, unblock};

use crate::{on_carrier, on_plain_thread};
use testkit::{child, exit_code_of_fork};

#[test]
fn a_forked_child_waits_by_itself_and_leaves_its_parents_sockets_alone() {
    on_plain_thread(|| {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let limit = Some(Duration::from_millis(1));
        one.set_read_timeout(limit).unwrap();
        // Registered before the fork.
        assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        let mut ends = Some((one, other));
        let code = exit_code_of_fork(|| {
            let Some((mut one, mut other)) = ends.take() else { return 1 };
            let empty = one.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::TimedOut);
            let _ = other.write_all(b"c");
            let mut byte = [0];
            let _ = one.set_read_timeout(None);
            let arrived = one.read(&mut byte).is_ok_and(|count| count == 1) && byte == *b"c";
            drop((one, other));
            if empty && arrived { 0 } else { 2 }
        });
        assert_eq!(code, 0);
        (one, other) = ends.unwrap();
        assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        one.set_read_timeout(None).unwrap();
        let writing = greenstd::thread::spawn(move || {
            greenstd::thread::sleep(Duration::from_millis(5));
            other.write_all(b"p").unwrap();
        });
        let mut byte = [0];
        one.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"p");
        writing.join().unwrap();
    });
}

#[test]
fn an_offload_pool_is_refused_in_a_forked_child_and_files_are_there_all_the_same() {
    on_plain_thread(|| {
        let offload = Offload::builder().threads(1).build().unwrap();
        assert_eq!(offload.run(|| 1).unwrap(), 1);
        let in_child = offload.clone();
        let code = exit_code_of_fork(move || {
            let refused = in_child.run(|| 2).unwrap_err();
            let is_forked = refused.kind() == OffloadErrorKind::Forked;
            let is_back = refused.into_inner().is_some_and(|closure| closure() == 2);
            let is_file_there = greenio::fs::metadata("/").is_ok_and(|root| root.is_dir());
            if is_forked && is_back && is_file_there && in_child.shutdown().is_err() {
                0
            } else {
                1
            }
        });
        assert_eq!(code, 0);
        assert_eq!(offload.run(|| 3).unwrap(), 3);
    });
}

/// Runs `forks` in a process of its own, where no thread begins or ends meanwhile: std has a lock for that, which no
/// child that starts threads may meet.
fn by_itself(test: &str, forks: impl FnOnce() + Send + 'static) {
    if child::case().is_none() {
        return child::succeeds(test, "forks");
    }
    on_plain_thread(forks);
}

/// Whether all that goes to the default pool does what it should.
fn what_blocks_is_done() -> bool {
    let carrier = Carrier::new().expect("the settings are good");
    let done = carrier.run(|| {
        let is_unblocked = unblock(|| 7).is_ok_and(|seven| seven == 7);
        let is_read = fs::metadata("/").is_ok_and(|root| root.is_dir());
        let is_resolved = lookup_host("localhost", 80).is_ok_and(|found| !found.is_empty());
        is_unblocked && is_read && is_resolved
    });
    done.is_ok_and(|done| done)
}

#[test]
fn in_a_forked_child_what_blocks_goes_to_a_pool_of_the_childs_own() {
    let test = "fork::in_a_forked_child_what_blocks_goes_to_a_pool_of_the_childs_own";
    by_itself(test, || {
        assert!(what_blocks_is_done());
        let code = exit_code_of_fork(|| {
            if !(what_blocks_is_done() && what_blocks_is_done()) {
                return 1;
            }
            // And in a child of the child, a prefork server that forks again.
            exit_code_of_fork(|| if what_blocks_is_done() { 0 } else { 2 })
        });
        assert_eq!(code, 0);
        assert!(what_blocks_is_done());
    });
}

#[test]
fn any_number_of_forks_deep_there_is_a_default_pool() {
    fn fork_on(depth: u32) -> i32 {
        match (depth, !depth.is_multiple_of(10) || what_blocks_is_done()) {
            (_, false) => 1,
            (0, true) => 0,
            (depth, true) => exit_code_of_fork(|| fork_on(depth - 1)),
        }
    }
    let test = "fork::any_number_of_forks_deep_there_is_a_default_pool";
    by_itself(test, || assert_eq!(fork_on(50), 0));
}

#[test]
fn a_forked_child_has_a_default_pool_like_its_parents_or_installs_another() {
    let test = "fork::a_forked_child_has_a_default_pool_like_its_parents_or_installs_another";
    by_itself(test, || {
        let pool = |threads| Offload::builder().threads(threads).max_backlog(17).name("mine");
        pool(5).build().unwrap().install_default().unwrap();
        let limits = || {
            let gauge = Offload::default_pool().gauge();
            (gauge.max_threads, gauge.max_backlog)
        };
        let thread_name = || {
            let name = || std::fs::read_to_string("/proc/thread-self/comm").ok();
            Carrier::new().unwrap().run(move || unblock(name).unwrap()).unwrap()
        };
        assert!(what_blocks_is_done());
        let like_the_parents = exit_code_of_fork(|| {
            let is_like =
                limits() == (5, 17) && thread_name().is_some_and(|name| name.starts_with("mine-"));
            if is_like && what_blocks_is_done() { 0 } else { 1 }
        });
        assert_eq!(like_the_parents, 0);
        let another = exit_code_of_fork(|| {
            let is_installed = pool(3).build().is_ok_and(|pool| pool.install_default().is_ok());
            let is_final = pool(4).build().is_ok_and(|pool| pool.install_default().is_err());
            if is_installed && is_final && limits() == (3, 17) && what_blocks_is_done() {
                0
            } else {
                1
            }
        });
        assert_eq!(another, 0);
        assert_eq!(limits(), (5, 17));
    });
}

#[test]
fn a_green_thread_that_a_fork_has_doubled_is_refused_and_has_its_closure_back() {
    on_carrier(|| {
        assert_eq!(unblock(|| 1).unwrap(), 1);
        let code = exit_code_of_fork(|| {
            // Its carrier has stayed behind: nobody would end its wait.
            let Err(refused) = unblock(|| 2) else { return 1 };
            let own = Offload::builder().threads(1).build().map(|own| own.run(|| 3).is_err());
            let is_forked = refused.kind() == OffloadErrorKind::Forked && own == Ok(true);
            let is_back = refused.into_inner().is_some_and(|closure| closure() == 2);
            if is_forked && is_back && fs::metadata("/").is_err() { 0 } else { 2 }
        });
        assert_eq!(code, 0);
        assert_eq!(unblock(|| 3).unwrap(), 3);
    });
}
