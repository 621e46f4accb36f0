#!/usr/bin/env python3
"""A camera not written here: GStreamer's RTSP server playing a test picture on a free port of loopback.

Prints one line, `port N`, when it listens, and plays rtsp://127.0.0.1:N/camera until its standard input ends. For each
DESCRIBE it prints `describe PATH plain` or `describe PATH authorized`: whether the request carried credentials.
"""

import argparse
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96 config-interval=1",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph265pay name=pay0 pt=96 config-interval=1",
}

SOUNDS = {
    "none": "",
    "aac": "avenc_aac ! aacparse ! rtpmp4gpay name=pay1 pt=97",
    "latm": "avenc_aac ! aacparse ! rtpmp4apay name=pay1 pt=97",
    "pcma": "alawenc ! rtppcmapay name=pay1 pt=8",
    "pcmu": "mulawenc ! rtppcmupay name=pay1 pt=0",
}


PROTOCOLS = {
    "any": GstRtsp.RTSPLowerTrans.UDP | GstRtsp.RTSPLowerTrans.TCP,
    "udp": GstRtsp.RTSPLowerTrans.UDP,
    "tcp": GstRtsp.RTSPLowerTrans.TCP,
}


def encrypt(server, certificate):
    """Speaks TLS with the certificate and key of a PEM file."""
    auth = server.get_auth() or GstRtspServer.RTSPAuth()
    auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
    server.set_auth(auth)


def protect(server, factory, scheme, user, password):
    """Lets only `user` in, by Basic or by Digest."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if scheme == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("viewer")
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


CHALLENGES = {"basic": 'Basic realm="camera"', "digest": 'Digest realm="camera", nonce="5ccc069c403ebaf9f0171e9517f40e41"'}


def watch(server, redirects, scheme):
    """Tells of each DESCRIBE, and answers those of a path in `redirects` with 302 and the address that stands there.

    The server asks for credentials only where it is about to play: a path that redirects is challenged here.
    """

    def connected(_, client):
        asked = []

        def describe(_, context):
            asked.append(context.uri.abspath)
            result, _ = context.request.get_header(GstRtsp.RTSPHeaderField.AUTHORIZATION, 0)
            print(f"describe {asked[-1]} {'authorized' if result == GstRtsp.RTSPResult.OK else 'plain'}", flush=True)
            if asked[-1] not in redirects:
                return GstRtsp.RTSPStatusCode.OK
            if scheme in CHALLENGES and result != GstRtsp.RTSPResult.OK:
                return GstRtsp.RTSPStatusCode.UNAUTHORIZED
            return GstRtsp.RTSPStatusCode.MOVE_TEMPORARILY

        def sending(_, context, message):
            if message.get_type() != GstRtsp.RTSPMsgType.RESPONSE or not asked or asked[-1] not in redirects:
                return
            status = message.parse_response()[1]
            if status == GstRtsp.RTSPStatusCode.MOVE_TEMPORARILY:
                message.add_header(GstRtsp.RTSPHeaderField.LOCATION, redirects[asked[-1]])
            elif status == GstRtsp.RTSPStatusCode.UNAUTHORIZED:
                message.add_header(GstRtsp.RTSPHeaderField.WWW_AUTHENTICATE, CHALLENGES[scheme])

        client.connect("pre-describe-request", describe)
        client.connect("send-message", sending)

    server.connect("client-connected", connected)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codec", choices=sorted(ENCODERS), default="h264")
    parser.add_argument("--auth", choices=["none", "basic", "digest"], default="none")
    parser.add_argument("--user", default="viewer")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=180)
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--file", help="plays this MP4 of the codec instead of encoding a test picture")
    parser.add_argument("--audio", choices=sorted(SOUNDS), default="none")
    parser.add_argument("--redirect", action="append", default=[], metavar="PATH=URL", help="PORT in the URL is this server's")
    parser.add_argument("--protocols", choices=sorted(PROTOCOLS), default="any")
    parser.add_argument("--certificate", help="PEM file with certificate and key: the camera speaks TLS")
    arguments = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    factory = GstRtspServer.RTSPMediaFactory()
    if arguments.file:
        number = arguments.codec[1:]
        sound = " d. ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97" if arguments.audio == "aac" else ""
        if arguments.audio.startswith("pcm"):
            sound = (" d. ! queue ! aacparse ! avdec_aac ! audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! "
                     + SOUNDS[arguments.audio])
        factory.set_launch(
            f"( filesrc location={arguments.file} ! qtdemux name=d "
            f"d. ! queue ! h{number}parse ! rtph{number}pay name=pay0 pt=96 config-interval=1{sound} )")
    else:
        rate = 8000 if arguments.audio.startswith("pcm") else 16000
        sound = f" audiotestsrc is-live=true ! audio/x-raw,rate={rate},channels=1 ! audioconvert ! {SOUNDS[arguments.audio]}"
        factory.set_launch(
            f"( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width={arguments.width},"
            f"height={arguments.height},framerate={arguments.fps}/1 ! {ENCODERS[arguments.codec]}"
            f"{sound if SOUNDS[arguments.audio] else ''} )"
        )
    factory.set_shared(True)
    factory.set_protocols(PROTOCOLS[arguments.protocols])
    if arguments.auth != "none":
        protect(server, factory, arguments.auth, arguments.user, arguments.password)
    redirects = {}
    watch(server, redirects, arguments.auth)
    for path in ["/camera", *(rule.partition("=")[0] for rule in arguments.redirect)]:
        server.get_mount_points().add_factory(path, factory)
    if arguments.certificate:
        encrypt(server, arguments.certificate)
    if not server.attach(None):
        sys.exit("cannot listen on 127.0.0.1")
    port = str(server.get_bound_port())
    for path, _, url in (rule.partition("=") for rule in arguments.redirect):
        redirects[path] = url.replace("PORT", port)
    loop = GLib.MainLoop()

    def wait_for_end():
        sys.stdin.buffer.read()
        loop.quit()

    threading.Thread(target=wait_for_end, daemon=True).start()
    print(f"port {port}", flush=True)
    loop.run()


if __name__ == "__main__":
    main()
