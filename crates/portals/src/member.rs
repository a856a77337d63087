//! A portal's name on both sides: the platform's type and the store's. They have the same rule.

use certlens_store::StoreError;

/// The store's name of a portal.
pub(crate) fn stored(
    member_id: &certlens_bitrix24::MemberId,
) -> Result<certlens_store::MemberId, StoreError> {
    // Should the two rules ever differ, nothing is stored under a wrong name.
    certlens_store::MemberId::parse(member_id.as_str()).map_err(|_| StoreError::Inconsistent {
        table: "portals",
        column: "member_id",
    })
}

/// The platform's name of a stored portal.
pub(crate) fn platform(
    member_id: &certlens_store::MemberId,
) -> Result<certlens_bitrix24::MemberId, StoreError> {
    certlens_bitrix24::MemberId::parse(member_id.as_str()).map_err(|_| StoreError::Inconsistent {
        table: "portals",
        column: "member_id",
    })
}
