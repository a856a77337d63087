# syntax=docker/dockerfile:1
# The service as an image: `docker build -t certlens .` (x86-64, for which the private ClickHouse's library is
# packaged that the build looks for).
#
# The image holds the program and the browser's files. It has no engines: CERTLENS_DATABASE_URL names a Postgres, and
# CERTLENS_CLICKHOUSE_URL a ClickHouse or `off`. compose.yaml brings both; docs/operations/README.md says the rest.

FROM node:20-bookworm-slim AS node

FROM rust:1.95-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
# `cargo xtask build` brings what is missing by itself; brought here, it stays when the sources change. It asks for the programs of
# Postgres because the demo needs them.
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
    && apt-get update \
    && apt-get install --yes --no-install-recommends postgresql util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add wasm32-unknown-unknown
WORKDIR /source
COPY . .
# The caches outlive the build step, what is copied to /built stays. Queries are checked against the folder .sqlx: no database is needed.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/root/.npm \
    --mount=type=cache,target=/source/target \
    cargo xtask build \
    && mkdir -p /built \
    && cp target/release/certlens /built/ \
    && cp -r target/site /built/site

FROM debian:bookworm-slim
# The certificates of the authorities that portals' and databases' certificates are checked with; curl for the health check.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/certlens --shell /usr/sbin/nologin certlens \
    && install -d -o certlens -g certlens -m 700 /var/lib/certlens
# The program looks for `site` beside itself.
COPY --from=build /built/ /opt/certlens/
RUN ln -s /opt/certlens/certlens /usr/local/bin/certlens
ENV CERTLENS_LISTEN=0.0.0.0:3000 \
    CERTLENS_DATA_DIR=/var/lib/certlens \
    CERTLENS_SITE_DIR=/opt/certlens/site \
    CERTLENS_LOG_FORMAT=json
USER certlens
WORKDIR /var/lib/certlens
VOLUME /var/lib/certlens
EXPOSE 3000
# SIGTERM: five seconds (CERTLENS_DRAIN) of serving while it is not ready, ten for open requests, as long for the last minute's
# figures, and some for closing connections. Give a container forty to stop (`docker stop --time 40`).
STOPSIGNAL SIGTERM
# Ready as soon as Postgres answers; a first start runs the migrations before.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["curl", "--fail", "--silent", "--show-error", "--output", "/dev/null", "--max-time", "4", "http://127.0.0.1:3000/readyz"]
ENTRYPOINT ["certlens"]
CMD ["serve"]
