//! Which fields the platform's own entities have, under both generations of names, and what kind of value each holds.
//!
//! The lists follow the documented answers; custom fields are the portal's and live in [`super::userfield`].

use super::EntityKind;

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The row's own number.
    Id,
    /// Text.
    Text,
    /// The number of another item; none is `null`.
    Link,
    /// The number of the company; none is `"0"`.
    Company,
    /// The number of a user.
    User,
    /// A whole number.
    Integer,
    /// An amount.
    Money,
    /// `Y` or `N`.
    Flag,
    /// A moment.
    DateTime,
    /// A day.
    Date,
    /// A code from a reference list.
    Status,
    /// A list of `{ID, VALUE_TYPE, VALUE, TYPE_ID}`: telephones and the like.
    Multiple,
    /// Numbers of contacts.
    Contacts,
}

/// A field of an entity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// The classic name.
    pub name: &'static str,
    /// The name in `crm.item.*`; empty when the field isn't there.
    pub modern: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether only the portal writes it.
    pub read_only: bool,
}

const fn own(name: &'static str, modern: &'static str, shape: Shape) -> Field {
    Field {
        name,
        modern,
        shape,
        read_only: false,
    }
}

const fn portals(name: &'static str, modern: &'static str, shape: Shape) -> Field {
    Field {
        name,
        modern,
        shape,
        read_only: true,
    }
}

use Shape::{
    Company, Contacts, Date, DateTime, Flag, Id, Integer, Link, Money, Multiple, Status, Text, User,
};

const LEAD: &[Field] = &[
    portals("ID", "id", Id),
    own("TITLE", "title", Text),
    own("HONORIFIC", "honorific", Status),
    own("NAME", "name", Text),
    own("SECOND_NAME", "secondName", Text),
    own("LAST_NAME", "lastName", Text),
    own("COMPANY_TITLE", "companyTitle", Text),
    own("COMPANY_ID", "companyId", Company),
    own("CONTACT_ID", "contactId", Link),
    own("CONTACT_IDS", "contactIds", Contacts),
    portals("IS_RETURN_CUSTOMER", "isReturnCustomer", Flag),
    own("BIRTHDATE", "birthdate", Date),
    own("SOURCE_ID", "sourceId", Status),
    own("SOURCE_DESCRIPTION", "sourceDescription", Text),
    own("STATUS_ID", "stageId", Status),
    own("STATUS_DESCRIPTION", "statusDescription", Text),
    own("POST", "post", Text),
    own("COMMENTS", "comments", Text),
    own("CURRENCY_ID", "currencyId", Text),
    own("OPPORTUNITY", "opportunity", Money),
    own("IS_MANUAL_OPPORTUNITY", "isManualOpportunity", Flag),
    portals("HAS_PHONE", "hasPhone", Flag),
    portals("HAS_EMAIL", "hasEmail", Flag),
    portals("HAS_IMOL", "hasImol", Flag),
    own("ASSIGNED_BY_ID", "assignedById", User),
    portals("CREATED_BY_ID", "createdBy", User),
    portals("MODIFY_BY_ID", "updatedBy", User),
    portals("DATE_CREATE", "createdTime", DateTime),
    portals("DATE_MODIFY", "updatedTime", DateTime),
    portals("DATE_CLOSED", "closedTime", DateTime),
    portals("STATUS_SEMANTIC_ID", "stageSemanticId", Status),
    own("OPENED", "opened", Flag),
    own("ORIGINATOR_ID", "originatorId", Text),
    own("ORIGIN_ID", "originId", Text),
    portals("MOVED_BY_ID", "movedBy", User),
    portals("MOVED_TIME", "movedTime", DateTime),
    own("ADDRESS", "", Text),
    own("ADDRESS_2", "", Text),
    own("ADDRESS_CITY", "", Text),
    own("ADDRESS_POSTAL_CODE", "", Text),
    own("ADDRESS_REGION", "", Text),
    own("ADDRESS_PROVINCE", "", Text),
    own("ADDRESS_COUNTRY", "", Text),
    own("ADDRESS_COUNTRY_CODE", "", Text),
    own("ADDRESS_LOC_ADDR_ID", "", Link),
    own("UTM_SOURCE", "utmSource", Text),
    own("UTM_MEDIUM", "utmMedium", Text),
    own("UTM_CAMPAIGN", "utmCampaign", Text),
    own("UTM_CONTENT", "utmContent", Text),
    own("UTM_TERM", "utmTerm", Text),
    portals("LAST_ACTIVITY_BY", "lastActivityBy", User),
    portals("LAST_ACTIVITY_TIME", "lastActivityTime", DateTime),
    own("PHONE", "", Multiple),
    own("EMAIL", "", Multiple),
    own("WEB", "", Multiple),
    own("IM", "", Multiple),
    own("LINK", "", Multiple),
];

const DEAL: &[Field] = &[
    portals("ID", "id", Id),
    own("TITLE", "title", Text),
    own("TYPE_ID", "typeId", Status),
    own("STAGE_ID", "stageId", Status),
    own("PROBABILITY", "probability", Integer),
    own("CURRENCY_ID", "currencyId", Text),
    own("OPPORTUNITY", "opportunity", Money),
    own("IS_MANUAL_OPPORTUNITY", "isManualOpportunity", Flag),
    own("TAX_VALUE", "taxValue", Money),
    own("LEAD_ID", "leadId", Link),
    own("COMPANY_ID", "companyId", Company),
    own("CONTACT_ID", "contactId", Link),
    own("CONTACT_IDS", "contactIds", Contacts),
    own("QUOTE_ID", "quoteId", Link),
    own("BEGINDATE", "begindate", DateTime),
    own("CLOSEDATE", "closedate", DateTime),
    own("ASSIGNED_BY_ID", "assignedById", User),
    portals("CREATED_BY_ID", "createdBy", User),
    portals("MODIFY_BY_ID", "updatedBy", User),
    portals("DATE_CREATE", "createdTime", DateTime),
    portals("DATE_MODIFY", "updatedTime", DateTime),
    own("OPENED", "opened", Flag),
    own("CLOSED", "closed", Flag),
    own("COMMENTS", "comments", Text),
    own("ADDITIONAL_INFO", "additionalInfo", Text),
    own("LOCATION_ID", "locationId", Text),
    own("CATEGORY_ID", "categoryId", Integer),
    portals("STAGE_SEMANTIC_ID", "stageSemanticId", Status),
    portals("IS_NEW", "isNew", Flag),
    own("IS_RECURRING", "isRecurring", Flag),
    own("IS_RETURN_CUSTOMER", "isReturnCustomer", Flag),
    own("IS_REPEATED_APPROACH", "isRepeatedApproach", Flag),
    own("SOURCE_ID", "sourceId", Status),
    own("SOURCE_DESCRIPTION", "sourceDescription", Text),
    own("ORIGINATOR_ID", "originatorId", Text),
    own("ORIGIN_ID", "originId", Text),
    portals("MOVED_BY_ID", "movedBy", User),
    portals("MOVED_TIME", "movedTime", DateTime),
    portals("LAST_ACTIVITY_BY", "lastActivityBy", User),
    portals("LAST_ACTIVITY_TIME", "lastActivityTime", DateTime),
    own("UTM_SOURCE", "utmSource", Text),
    own("UTM_MEDIUM", "utmMedium", Text),
    own("UTM_CAMPAIGN", "utmCampaign", Text),
    own("UTM_CONTENT", "utmContent", Text),
    own("UTM_TERM", "utmTerm", Text),
];

const COMPANY: &[Field] = &[
    portals("ID", "id", Id),
    own("COMPANY_TYPE", "typeId", Status),
    own("TITLE", "title", Text),
    own("LOGO", "logo", Link),
    own("LEAD_ID", "leadId", Link),
    portals("HAS_PHONE", "hasPhone", Flag),
    portals("HAS_EMAIL", "hasEmail", Flag),
    portals("HAS_IMOL", "hasImol", Flag),
    own("ASSIGNED_BY_ID", "assignedById", User),
    portals("CREATED_BY_ID", "createdBy", User),
    portals("MODIFY_BY_ID", "updatedBy", User),
    own("BANKING_DETAILS", "bankingDetails", Text),
    own("INDUSTRY", "industry", Status),
    own("REVENUE", "revenue", Money),
    own("CURRENCY_ID", "currencyId", Text),
    own("EMPLOYEES", "employees", Status),
    own("COMMENTS", "comments", Text),
    portals("DATE_CREATE", "createdTime", DateTime),
    portals("DATE_MODIFY", "updatedTime", DateTime),
    own("OPENED", "opened", Flag),
    own("IS_MY_COMPANY", "isMyCompany", Flag),
    own("ORIGINATOR_ID", "originatorId", Text),
    own("ORIGIN_ID", "originId", Text),
    own("ORIGIN_VERSION", "originVersion", Text),
    own("CONTACT_IDS", "contactIds", Contacts),
    own("ADDRESS", "", Text),
    own("ADDRESS_2", "", Text),
    own("ADDRESS_CITY", "", Text),
    own("ADDRESS_POSTAL_CODE", "", Text),
    own("ADDRESS_REGION", "", Text),
    own("ADDRESS_PROVINCE", "", Text),
    own("ADDRESS_COUNTRY", "", Text),
    own("ADDRESS_COUNTRY_CODE", "", Text),
    own("ADDRESS_LOC_ADDR_ID", "", Link),
    own("ADDRESS_LEGAL", "", Text),
    own("REG_ADDRESS", "", Text),
    own("REG_ADDRESS_2", "", Text),
    own("REG_ADDRESS_CITY", "", Text),
    own("REG_ADDRESS_POSTAL_CODE", "", Text),
    own("REG_ADDRESS_REGION", "", Text),
    own("REG_ADDRESS_PROVINCE", "", Text),
    own("REG_ADDRESS_COUNTRY", "", Text),
    own("REG_ADDRESS_COUNTRY_CODE", "", Text),
    own("REG_ADDRESS_LOC_ADDR_ID", "", Link),
    own("UTM_SOURCE", "utmSource", Text),
    own("UTM_MEDIUM", "utmMedium", Text),
    own("UTM_CAMPAIGN", "utmCampaign", Text),
    own("UTM_CONTENT", "utmContent", Text),
    own("UTM_TERM", "utmTerm", Text),
    portals("LAST_ACTIVITY_BY", "lastActivityBy", User),
    portals("LAST_ACTIVITY_TIME", "lastActivityTime", DateTime),
    portals("LAST_COMMUNICATION_TIME", "lastCommunicationTime", Text),
    own("PHONE", "", Multiple),
    own("EMAIL", "", Multiple),
    own("WEB", "", Multiple),
    own("IM", "", Multiple),
    own("LINK", "", Multiple),
];

const CONTACT: &[Field] = &[
    portals("ID", "id", Id),
    own("POST", "post", Text),
    own("COMMENTS", "comments", Text),
    own("HONORIFIC", "honorific", Status),
    own("NAME", "name", Text),
    own("SECOND_NAME", "secondName", Text),
    own("LAST_NAME", "lastName", Text),
    own("PHOTO", "photo", Link),
    own("LEAD_ID", "leadId", Link),
    own("TYPE_ID", "typeId", Status),
    own("SOURCE_ID", "sourceId", Status),
    own("SOURCE_DESCRIPTION", "sourceDescription", Text),
    own("COMPANY_ID", "companyId", Company),
    own("BIRTHDATE", "birthdate", Date),
    own("EXPORT", "export", Flag),
    portals("HAS_PHONE", "hasPhone", Flag),
    portals("HAS_EMAIL", "hasEmail", Flag),
    portals("HAS_IMOL", "hasImol", Flag),
    portals("DATE_CREATE", "createdTime", DateTime),
    portals("DATE_MODIFY", "updatedTime", DateTime),
    own("ASSIGNED_BY_ID", "assignedById", User),
    portals("CREATED_BY_ID", "createdBy", User),
    portals("MODIFY_BY_ID", "updatedBy", User),
    own("OPENED", "opened", Flag),
    own("ORIGINATOR_ID", "originatorId", Text),
    own("ORIGIN_ID", "originId", Text),
    own("ORIGIN_VERSION", "originVersion", Text),
    own("ADDRESS", "", Text),
    own("ADDRESS_CITY", "", Text),
    own("UTM_SOURCE", "utmSource", Text),
    own("UTM_MEDIUM", "utmMedium", Text),
    own("UTM_CAMPAIGN", "utmCampaign", Text),
    own("UTM_CONTENT", "utmContent", Text),
    own("UTM_TERM", "utmTerm", Text),
    portals("LAST_ACTIVITY_BY", "lastActivityBy", User),
    portals("LAST_ACTIVITY_TIME", "lastActivityTime", DateTime),
    own("PHONE", "", Multiple),
    own("EMAIL", "", Multiple),
    own("WEB", "", Multiple),
    own("IM", "", Multiple),
    own("LINK", "", Multiple),
];

/// The fields of an entity.
pub(crate) fn fields(kind: EntityKind) -> &'static [Field] {
    match kind {
        EntityKind::Lead => LEAD,
        EntityKind::Deal => DEAL,
        EntityKind::Company => COMPANY,
        EntityKind::Contact => CONTACT,
    }
}

/// A field by its classic name.
pub(crate) fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// A field by its name in `crm.item.*`.
pub(crate) fn find_modern<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields
        .iter()
        .find(|field| !field.modern.is_empty() && field.modern.eq_ignore_ascii_case(name))
}

impl Shape {
    /// The type's name in `*.fields`.
    pub(crate) fn type_name(self, name: &str) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Link if name == "CONTACT_ID" => "crm_contact",
            Self::Link if name == "LEAD_ID" => "crm_lead",
            Self::Link if name == "QUOTE_ID" => "crm_quote",
            Self::Link if name == "LOGO" || name == "PHOTO" => "file",
            Self::Link | Self::Id | Self::Integer => "integer",
            Self::Company => "crm_company",
            Self::User => "user",
            Self::Money => "double",
            Self::Flag => "char",
            Self::DateTime => "datetime",
            Self::Date => "date",
            Self::Status => "crm_status",
            Self::Multiple => "crm_multifield",
            Self::Contacts => "crm_contact",
        }
    }
}
