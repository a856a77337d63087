//! One reading of a portal's users and departments.
//!
//! Users come first and count for themselves: departments need a scope that many installations do not have. A list that
//! ends half-way is not written.

use certlens_bitrix24::crm::{self, Department, User};
use certlens_bitrix24::list::ListError;
use certlens_bitrix24::{CallError, ErrorCode, PortalClient};
use certlens_portals::PortalsError;
use certlens_store::{MemberId, ReadDepartment, ReadUser, UserId};

use crate::tracking::Tracking;

/// Reads the portal's people and writes them down.
pub(super) async fn read(tracking: &Tracking, member_id: &MemberId) -> Result<(), PortalsError> {
    let platform = certlens_bitrix24::MemberId::parse(member_id.as_str())
        .map_err(|_| PortalsError::UnknownPortal(member_id.to_string()))?;
    let client = tracking.portals().background_client(&platform).await?;
    read_users(tracking, member_id, &client).await?;
    read_departments(tracking, member_id, &client).await
}

async fn read_users(
    tracking: &Tracking,
    member_id: &MemberId,
    client: &PortalClient,
) -> Result<(), PortalsError> {
    let users = crm::all_users(client).await?;
    // The portal answered for one of its users: a list without anybody is not the list.
    if users.is_empty() {
        return Err(ListError::NotAList {
            method: "user.get".to_owned(),
        }
        .into());
    }
    let users: Vec<ReadUser> = users.into_iter().filter_map(user).collect();
    let read = tracking.store().note_users(member_id, &users).await?;
    tracing::info!(
        %member_id,
        users = read.users,
        dismissed = read.dismissed,
        unknown = read.unknown,
        "a portal's users were read"
    );
    Ok(())
}

async fn read_departments(
    tracking: &Tracking,
    member_id: &MemberId,
    client: &PortalClient,
) -> Result<(), PortalsError> {
    let store = tracking.store();
    match crm::departments(client).await {
        Ok(departments) => {
            let departments: Vec<ReadDepartment> = departments.iter().filter_map(department).collect();
            store.note_departments(member_id, &departments).await?;
        }
        Err(ListError::Call(CallError::Refused(refusal))) if is_lasting(&refusal.code) => {
            let words = if refusal.description.is_empty() {
                format!("{:?}", refusal.code)
            } else {
                refusal.description
            };
            store.note_departments_refused(member_id, &words).await?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Whether the portal says that it will not show its departments to us, rather than not now.
const fn is_lasting(code: &ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InsufficientScope | ErrorCode::MethodNotFound | ErrorCode::AccessDenied
    )
}

fn user(user: User) -> Option<ReadUser> {
    Some(ReadUser {
        user_id: stored_user(user.id.0)?,
        name: user.name,
        is_active: user.is_active,
        is_employee: user.is_employee,
        department_ids: user.department_ids.into_iter().filter_map(stored).collect(),
    })
}

fn department(department: &Department) -> Option<ReadDepartment> {
    Some(ReadDepartment {
        department_id: stored(department.id)?,
        name: department.name.replace('\0', ""),
        parent_id: department.parent_id.and_then(stored),
        head_id: department.head_id.and_then(|head| stored_user(head.0)),
    })
}

fn stored(number: u64) -> Option<i64> {
    i64::try_from(number).ok()
}

fn stored_user(number: u64) -> Option<UserId> {
    stored(number).map(UserId)
}
