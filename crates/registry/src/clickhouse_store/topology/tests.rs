use super::*;
use crate::clickhouse_store::MIGRATIONS;

fn cluster() -> ClickHouseTopology {
    ClickHouseTopology::Cluster("lens-1".parse().unwrap())
}

#[test]
fn statements_of_a_migration_are_split_at_line_ends_and_comments_are_none() {
    let text =
        "-- first;\nCREATE TABLE a (x String DEFAULT ';');\n\n-- second\nCREATE TABLE b AS a;\n-- end\n";

    let split = statements(text);

    assert_eq!(split.len(), 2, "{split:?}");
    assert!(split[1].ends_with("CREATE TABLE b AS a"));
}

#[test]
fn a_migration_on_one_server_is_run_as_written() {
    let written = "CREATE TABLE a (x String) ENGINE = Memory;\nRENAME TABLE a TO b;\n";

    let rendered = ClickHouseTopology::Single.migration("certlens", written).unwrap();

    assert_eq!(
        rendered,
        ["CREATE TABLE a (x String) ENGINE = Memory", "RENAME TABLE a TO b"]
    );
}

#[test]
fn a_migration_on_a_cluster_makes_replicated_and_distributed_tables() {
    let written = "-- Counts.\nCREATE TABLE IF NOT EXISTS counts\n(\n    party Int64, -- (whose)\n    version UInt64\n)\n\
                   ENGINE = ReplacingMergeTree(version)\nORDER BY (party, version)\nSETTINGS index_granularity = 512;\n\n\
                   CREATE TABLE IF NOT EXISTS incoming_counts AS counts;\nTRUNCATE TABLE IF EXISTS counts;\n\
                   DROP TABLE IF EXISTS older;\n";

    let rendered = cluster().migration("certlens", written).unwrap();

    insta::assert_snapshot!(rendered.join(";\n\n"));
}

#[test]
fn every_migration_can_be_rendered_for_a_cluster() {
    for (_, name, text) in MIGRATIONS {
        let rendered = cluster().migration("certlens", text).unwrap();

        assert!(
            rendered
                .iter()
                .all(|statement| statement.contains("ON CLUSTER `lens-1`")),
            "{name}: {rendered:?}"
        );
    }
}

#[test]
fn a_statement_that_nobody_wrote_for_a_cluster_is_refused_with_its_text() {
    let error = cluster()
        .migration("certlens", "RENAME TABLE a TO b;\n")
        .unwrap_err();

    assert!(error.to_string().contains("`RENAME TABLE a TO b`"), "{error}");
}

#[test]
fn staged_rows_join_in_one_statement_on_one_server() {
    let single = ClickHouseTopology::Single;

    assert_eq!(
        single.join("incoming", "held"),
        ["ALTER TABLE held ATTACH PARTITION tuple() FROM incoming"]
    );
    assert_eq!(single.empty("held"), ["TRUNCATE TABLE IF EXISTS held"]);
    assert_eq!(single.merge("held"), ["OPTIMIZE TABLE held FINAL"]);
    assert!(single.settings().is_empty());
}

#[test]
fn staged_rows_join_on_a_cluster_after_replicas_have_them_and_are_waited_for() {
    assert_eq!(
        cluster().join("incoming", "held"),
        [
            "SYSTEM SYNC REPLICA ON CLUSTER `lens-1` incoming_local",
            "ALTER TABLE held_local ON CLUSTER `lens-1` ATTACH PARTITION tuple() FROM incoming_local",
            "SYSTEM SYNC REPLICA ON CLUSTER `lens-1` held_local",
        ]
    );
    assert_eq!(
        cluster().empty("held"),
        ["TRUNCATE TABLE IF EXISTS held_local ON CLUSTER `lens-1`"]
    );
    assert_eq!(
        cluster().merge("held"),
        ["OPTIMIZE TABLE held_local ON CLUSTER `lens-1` FINAL"]
    );
}

#[test]
fn a_cluster_name_that_could_leave_its_quotes_is_refused() {
    for wrong in ["", "a b", "a`b", "a'b", "ё"] {
        assert!(wrong.parse::<ClusterName>().is_err(), "{wrong}");
    }
    assert_eq!(
        " prod_1.main-2 ".parse::<ClusterName>().unwrap().to_string(),
        "prod_1.main-2"
    );
}

/// No cluster is at hand here; that the engine's own parser takes every statement is what can be proved without one.
#[tokio::test]
async fn the_engine_parses_all_that_is_run_on_a_cluster() {
    let databases = certlens_test_engines::TestDatabases::create().await;
    let mut statements = vec![cluster().create_database("certlens")];
    for (_, _, text) in MIGRATIONS {
        statements.extend(cluster().migration("certlens", text).unwrap());
    }
    statements.extend(cluster().join("incoming_party_counts", "party_counts"));
    statements.extend(cluster().empty("publications"));

    for statement in &statements {
        let parsed = databases
            .clickhouse()
            .client()
            .query("SELECT formatQuerySingleLine(?)")
            .bind(statement)
            .fetch_one::<String>()
            .await;
        assert!(
            parsed.as_ref().is_ok_and(|text| text.contains("ON CLUSTER")),
            "{statement}: {parsed:?}"
        );
    }
    databases.drop_all().await;
}
