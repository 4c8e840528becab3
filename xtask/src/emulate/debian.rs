//! What is needed and comes from Debian: fetched by apt with settings of our own, and taken apart below the
//! target directory. The machine's own packages stay as they are, and nobody needs to be its superuser.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Context, Error, Result};

const MIRROR: &str = "http://deb.debian.org";
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The first suite that has both kernels new enough for guards by `madvise` (Linux 6.13).
const KERNEL_SUITE: &str = "trixie-backports";

/// The compiler that Debian keeps new, as its browsers need it: the version of the distribution's own is
/// years old in a stable release.
const COMPILER: &str = "rustc-web";
const TARGET_STD: &str = "libstd-rust-web-dev:arm64";
const COMMANDS: &str = "busybox-static:arm64";

/// The packages that make up the compiler, by how their names begin.
const PARTS: &[&str] = &["libstd-rust-web-", "libllvm"];

/// Packages, each taken apart into a directory of its own.
#[derive(Debug)]
pub(super) struct Packages {
    directory: PathBuf,
}

impl Packages {
    /// Those below `directory`, where they stay for the next time.
    pub(super) fn at(directory: &Path) -> Self {
        Packages { directory: directory.to_owned() }
    }

    /// The compiler, with std for this processor and for the emulated one.
    pub(super) fn rust(&self) -> Result<PathBuf> {
        self.taken_apart("rust", |place| {
            let apt = self.apt_of_this_system()?;
            apt.download_with_libraries(COMPILER, place)?;
            apt.download(TARGET_STD, place)
        })
    }

    /// The commands inside the machine.
    pub(super) fn busybox(&self) -> Result<PathBuf> {
        self.taken_apart("busybox", |place| self.apt_of_this_system()?.download(COMMANDS, place))
    }

    /// The kernel that the package `newest` names.
    pub(super) fn kernel(&self, newest: &str) -> Result<PathBuf> {
        let root = self.taken_apart(&format!("kernel-{newest}"), |place| {
            let apt = Apt::new(&self.directory.join("apt-kernel"), &[("debian", KERNEL_SUITE)])?;
            let image = apt.dependency(newest, "linux-image-")?;
            let image = image.ok_or_else(|| Error::new(format!("{newest} names no kernel")))?;
            // From some version on, the image itself has a package of its own below.
            let package = apt.dependency(&image, "linux-binary-")?.unwrap_or(image);
            apt.download(&format!("{package}:arm64"), place)
        })?;
        let found = file_named(&root, "vmlinuz")?;
        found.ok_or_else(|| Error::new(format!("no kernel in {}", root.display())))
    }

    /// The directory `name` with the contents of the packages that `fetch` puts into a place, made if it
    /// is not there.
    fn taken_apart(&self, name: &str, fetch: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let done = self.directory.join(name);
        if done.exists() {
            return Ok(done);
        }
        println!("fetching {name} from Debian, into {}", done.display());
        let fetched = fresh_directory(self.directory.join(format!("{name}.debs")))?;
        fetch(&fetched)?;
        let unfinished = fresh_directory(self.directory.join(format!("{name}.unfinished")))?;
        for package in files(&fetched)?.iter().filter(|file| has_extension(file, "deb")) {
            finish(Command::new("dpkg").arg("-x").arg(package).arg(&unfinished))?;
        }
        // Only what is whole bears the name.
        fs::rename(&unfinished, &done).context(|| format!("cannot make {}", done.display()))?;
        Ok(done)
    }

    /// The packages for the release that runs here: a newer compiler would ask for a newer libc.
    fn apt_of_this_system(&self) -> Result<Apt> {
        let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let suite = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let suite =
            suite.ok_or_else(|| Error::new("/etc/os-release names no release of Debian"))?;
        let security = format!("{suite}-security");
        let sources = [("debian", suite), ("debian-security", security.as_str())];
        Apt::new(&self.directory.join("apt"), &sources)
    }
}

/// apt, with its state in a directory of ours.
struct Apt {
    settings: PathBuf,
}

impl Apt {
    /// apt for packages of `sources`, archives and suites, with their lists as they are now.
    fn new(directory: &Path, sources: &[(&str, &str)]) -> Result<Self> {
        let apt = Apt { settings: directory.join("apt.conf") };
        for part in ["lists/partial", "cache/archives/partial", "state"] {
            let part = directory.join(part);
            fs::create_dir_all(&part).context(|| format!("cannot make {}", part.display()))?;
        }
        let list: String = sources
            .iter()
            .map(|(archive, suite)| {
                format!("deb [signed-by={KEYS}] {MIRROR}/{archive} {suite} main\n")
            })
            .collect();
        write(&directory.join("sources.list"), &list)?;
        // As if nothing were installed: what is asked for is fetched.
        write(&directory.join("status"), "")?;
        let place = directory.display();
        let settings = format!(
            "Dir::Etc::sourcelist \"{place}/sources.list\";\n\
             Dir::Etc::sourceparts \"/dev/null\";\n\
             Dir::Etc::preferencesparts \"/dev/null\";\n\
             Dir::State \"{place}/state\";\n\
             Dir::State::lists \"{place}/lists\";\n\
             Dir::State::status \"{place}/status\";\n\
             Dir::Cache \"{place}/cache\";\n\
             APT::Architectures {{ \"amd64\"; \"arm64\"; }};\n\
             APT::Sandbox::User \"\";\n"
        );
        write(&apt.settings, &settings)?;
        finish(apt.command("apt-get").args(["--quiet=2", "update"]))?;
        Ok(apt)
    }

    /// Fetches a package alone.
    fn download(&self, package: &str, place: &Path) -> Result<()> {
        finish(self.command("apt-get").args(["--quiet=2", "download", package]).current_dir(place))
    }

    /// Fetches a package, and the libraries that it needs and that are not installed here.
    fn download_with_libraries(&self, package: &str, place: &Path) -> Result<()> {
        let mut command = self.command("apt-cache");
        let output = command.args(["depends", "--recurse", "--important", package]).output();
        let output = output.context(|| "cannot start apt-cache".into())?;
        let text = String::from_utf8_lossy(&output.stdout);
        // The names stand at the beginning of a line, what each needs below it.
        let names: BTreeSet<_> = text.lines().filter(|line| is_library(line)).collect();
        self.download(package, place)?;
        for library in names {
            if is_part(library) || !is_installed(library) {
                self.download(library, place)?;
            }
        }
        Ok(())
    }

    /// The package that `package` needs, of those whose names begin with `beginning`.
    fn dependency(&self, package: &str, beginning: &str) -> Result<Option<String>> {
        let mut command = self.command("apt-cache");
        let output = command.args(["depends", &format!("{package}:arm64")]).output();
        let output = output.context(|| "cannot start apt-cache".into())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut names = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        let name = names.find(|name| name.starts_with(beginning));
        Ok(name.map(|name| name.split(':').next().unwrap_or(name).to_owned()))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", &self.settings);
        command
    }
}

/// Whether a line names a library for this processor, without headers or other things for building.
fn is_library(line: &str) -> bool {
    line.starts_with("lib") && !line.contains(':') && (is_part(line) || !line.contains("-dev"))
}

/// Whether a package is fetched also where it is installed, as all of the compiler shall be in one place.
fn is_part(package: &str) -> bool {
    PARTS.iter().any(|part| package.starts_with(part))
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    let output = query.args(["--show", "--showformat=${Status}", package]).output();
    output.is_ok_and(|output| output.stdout.ends_with(b" installed"))
}

/// The directory with the compiler's libraries.
pub(super) fn libraries(rust: &Path) -> Result<PathBuf> {
    let found = file_named(rust, "librustc_driver")?;
    let found = found.and_then(|file| file.parent().map(Path::to_owned));
    found.ok_or_else(|| Error::new(format!("no compiler in {}", rust.display())))
}

/// Runs a command to its end.
pub(super) fn finish(command: &mut Command) -> Result<()> {
    let status = command.status().context(|| format!("cannot start {command:?}"))?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("this failed: {command:?}"))) }
}

fn fresh_directory(path: PathBuf) -> Result<PathBuf> {
    // It may not be there.
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).context(|| format!("cannot make {}", path.display()))?;
    Ok(path)
}

/// The first file at or below `directory` whose name begins so.
fn file_named(directory: &Path, beginning: &str) -> Result<Option<PathBuf>> {
    for path in files(directory)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !path.is_symlink() {
            if let Some(found) = file_named(&path, beginning)? {
                return Ok(Some(found));
            }
        } else if name.starts_with(beginning) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read {}", directory.display());
    let entries = fs::read_dir(directory).context(cannot)?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.context(cannot)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|it| it == extension)
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).context(|| format!("cannot write {}", file.display()))
}
