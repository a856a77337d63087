-- Who tracks which document by which identifier, and since when: one row for each. Only what recounts have enrolled.
CREATE VIEW tracked_documents AS
SELECT document.registry, document.document_key, document.ctid AS place, document.status, document.valid_until,
       document.data_version, document.first_version, document.term_version, tracked.identifier,
       subscription.id AS subscription_id, subscription.member_id, subscription.news, subscription.expiring_days,
       greatest(subscription.since_version, tracked.since_version) AS since_version,
       greatest(subscription.since_day, tracked.since_day) AS since_day
FROM documents AS document
CROSS JOIN LATERAL (
    SELECT identifier FROM (VALUES
        (document.applicant_inn), (document.applicant_ogrn), (document.applicant_bin), (document.applicant_unp)
    ) AS applicant (identifier)
    WHERE identifier IS NOT NULL
    UNION ALL
    -- Most manufacturers are the applicant.
    SELECT identifier FROM (VALUES
        (document.manufacturer_inn), (document.manufacturer_ogrn), (document.manufacturer_bin),
        (document.manufacturer_unp)
    ) AS manufacturer (identifier)
    WHERE identifier IS NOT NULL AND document.manufacturer_party <> document.applicant_party
) AS stated
JOIN subscription_identifiers AS tracked ON tracked.identifier = stated.identifier COLLATE "C"
JOIN subscriptions AS subscription ON subscription.id = tracked.subscription_id
-- As an expression: statistics of a moment before thousands were enrolled would say that none is, and mislead the plan.
WHERE coalesce(tracked.is_enrolled, false) AND subscription.state = 'active'
      AND (subscription.registries IS NULL OR document.registry = ANY (subscription.registries));
