# finetune on CPUs: docker build -t finetune . && docker run --rm -v "$PWD:/work" finetune --data /work/pets --out /work/run
# TensorFlow's library (0.9 GB) is set up while the image is built, so that no container needs a network for it.
FROM node:22-bookworm-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json .npmrc bootstrap.mjs tsconfig.json tsconfig.build.json tsconfig.page.json ./
COPY src ./src
RUN npm ci --ignore-scripts \
    && npm run build \
    && npm prune --omit=dev --ignore-scripts
ENV FINETUNE_CACHE=/cache
RUN node dist/run.js setup --device cpu

FROM node:22-bookworm-slim
LABEL org.opencontainers.image.title="finetune" \
      org.opencontainers.image.licenses="MIT"
ENV FINETUNE_CACHE=/cache \
    NODE_ENV=production
COPY --from=build --chown=node:node /cache /cache
COPY --from=build /build/package.json /app/package.json
COPY --from=build /build/node_modules /app/node_modules
COPY --from=build /build/src /app/src
COPY --from=build /build/dist /app/dist
USER node
WORKDIR /work
ENTRYPOINT ["node", "/app/dist/run.js"]
CMD ["--help"]
