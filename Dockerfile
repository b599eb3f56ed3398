# The same image as "cargo xtask image" makes, for those who have Docker: static programs and nothing else.
FROM rust:1.95.0-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends musl-tools
WORKDIR /source
COPY . .
RUN target="$(uname -m)-unknown-linux-musl" \
 && rustup target add "$target" \
 && TARGET_CC=musl-gcc cargo build --release --locked --target "$target" \
      --package gene-controller --package gene-webhook --package gene-certs \
 && mkdir /programs \
 && cp "target/$target/release/gene-controller" "target/$target/release/gene-webhook" "target/$target/release/gene-certs" /programs/

FROM scratch
COPY --from=build /programs/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/gene-controller"]
LABEL org.opencontainers.image.title="kubegene" \
      org.opencontainers.image.description="Runs many jobs that depend on each other on Kubernetes" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/volcano-sh/kubegene"
