# syntax=docker/dockerfile:1
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/consigliere ./cmd/bot

# Debian and not an empty image, for PostgreSQL: its server for those without a
# database of their own (database.url empty), its pg_dump for backups.
FROM debian:12.12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl postgresql tini tzdata \
 && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/*/main /etc/postgresql/*/main \
 && useradd --system --uid 10001 --home-dir /var/lib/consigliere --create-home --shell /usr/sbin/nologin consigliere \
 && install -d -o consigliere -g consigliere -m 0700 /var/lib/consigliere/data
COPY --from=build /out/consigliere /usr/local/bin/consigliere
USER consigliere
WORKDIR /var/lib/consigliere
ENV CONSIGLIERE_DATA_DIR=/var/lib/consigliere/data \
    CONSIGLIERE_LOG_FORMAT=json
VOLUME /var/lib/consigliere/data
EXPOSE 8080
# /healthz answers as long as the process works; a process without the role "web"
# needs a check of its own or none.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/healthz"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "consigliere"]
CMD ["run"]
