//! Chooses the user that runs the server, and makes the server's directory usable by it. Postgres refuses root, so a
//! server started by root runs as the owner of its directory, or as the system's user `postgres`.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::PostgresError;

/// The user that runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// Whoever we are.
    Ourselves,
    /// We are root and step down to this user.
    Unprivileged { user_id: u32, group_id: u32 },
}

impl Account {
    /// Gives `path` to this account, readable by nobody else.
    pub(crate) fn take(self, path: &Path, mode: u32) -> Result<(), PostgresError> {
        let failed = |source| PostgresError::Directory {
            path: path.to_path_buf(),
            source,
        };
        if let Self::Unprivileged { user_id, group_id } = self {
            chown(path, Some(user_id), Some(group_id)).map_err(failed)?;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed)
    }
}

/// Whether an unprivileged server user could use a directory below `path` if we, as root, started the server there.
/// Always true for those who are not root. For callers that choose a data directory.
pub fn can_reach(path: &Path) -> bool {
    if !rustix::process::geteuid().is_root() {
        return true;
    }
    let user = system_user("postgres").map_or((u32::MAX, u32::MAX), |user| user);
    std::path::absolute(path).is_ok_and(|path| blocked_parent(&path, user).is_none())
}

/// Makes the server's directory, chooses the account and gives the directory to it.
pub(crate) fn prepare(directory: &Path) -> Result<Account, PostgresError> {
    let failed = |source| PostgresError::Directory {
        path: directory.to_path_buf(),
        source,
    };
    fs::create_dir_all(directory).map_err(failed)?;
    let account = choose(directory)?;
    if let Account::Unprivileged { user_id, group_id } = account
        && let Some(blocked) = blocked_parent(directory, (user_id, group_id))
    {
        return Err(PostgresError::DirectoryOutOfReach {
            path: directory.to_path_buf(),
            blocked,
            user_id,
        });
    }
    account.take(directory, 0o700)?;
    Ok(account)
}

fn choose(directory: &Path) -> Result<Account, PostgresError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Account::Ourselves);
    }
    let owner = fs::metadata(directory).map_err(|source| PostgresError::Directory {
        path: directory.to_path_buf(),
        source,
    })?;
    if owner.uid() != 0 {
        return Ok(Account::Unprivileged {
            user_id: owner.uid(),
            group_id: owner.gid(),
        });
    }
    let (user_id, group_id) = system_user("postgres").map_err(|_| PostgresError::NoUnprivilegedUser {
        path: directory.to_path_buf(),
    })?;
    Ok(Account::Unprivileged { user_id, group_id })
}

/// The closest parent of `directory` (itself not counted) that the user may not pass.
fn blocked_parent(directory: &Path, (user_id, group_id): (u32, u32)) -> Option<PathBuf> {
    directory
        .ancestors()
        .skip(1)
        .filter(|parent| !parent.as_os_str().is_empty())
        .find_map(|parent| {
            // A parent that does not exist yet will be made by us, passable for all.
            let metadata = fs::metadata(parent).ok()?;
            let pass = if metadata.uid() == user_id {
                0o100
            } else if metadata.gid() == group_id {
                0o010
            } else {
                0o001
            };
            (metadata.mode() & pass == 0).then(|| parent.to_path_buf())
        })
}

/// User and group id of a user in /etc/passwd.
fn system_user(name: &str) -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    find_user(&users, name).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
}

fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next()? == name;
        let user_id = fields.nth(1)?.parse().ok()?;
        let group_id = fields.next()?.parse().ok()?;
        found.then_some((user_id, group_id))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{blocked_parent, find_user};

    /// A user that owns nothing here.
    const STRANGER: (u32, u32) = (54_321, 54_321);

    #[test]
    fn find_user_in_a_user_table_returns_both_ids() {
        let users = "root:x:0:0:root:/root:/bin/bash\nbroken line\npostgres:x:101:104:PostgreSQL:/var/lib:/bin/bash\n";

        assert_eq!(find_user(users, "postgres"), Some((101, 104)));
        assert_eq!(find_user(users, "nobody"), None);
    }

    #[test]
    fn blocked_parent_below_a_private_home_names_the_home() {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();

        let blocked = blocked_parent(&home.path().join("certlens/data/postgres"), STRANGER);

        assert_eq!(blocked.as_deref(), Some(home.path()));
    }

    #[test]
    fn blocked_parent_below_an_open_directory_is_none() {
        let open = tempfile::tempdir().unwrap();
        fs::set_permissions(open.path(), fs::Permissions::from_mode(0o755)).unwrap();

        assert_eq!(blocked_parent(&open.path().join("postgres"), STRANGER), None);
    }
}
