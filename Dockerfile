# The studio in a container: docs/deploy.md says how to start it.
FROM python:3.11-slim

# The compiler makes the voices quick; webrtcvad is compiled at installation.
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 1000 studio
WORKDIR /home/studio/app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY app.py LICENSE README.md ./
COPY assets assets
COPY studio studio

RUN mkdir /data && chown studio /data
USER studio
VOLUME /data
ENV VOICE_STUDIO_PROFILES_DIR=/data/profiles \
    VOICE_STUDIO_CACHE_DIR=/data/cache \
    HF_HOME=/data/hub \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    GRADIO_ANALYTICS_ENABLED=False
EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/config')"]
CMD ["python", "app.py"]
