import GatewayCore
import Testing

/// Session descriptions of the shapes that makers of cameras send, written for these tests.
struct SDPFixture: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    let media: Int
    let codec: VideoCodec?
    let payloadType: UInt8?
    let control: String?
    let parameterSets: Int

    var testDescription: String { name }

    static let sps = "Z0LAFtkAoC/5cBEAAAMAAQAAAwAeDxYuSA=="
    static let pps = "aMuDyyA="

    static let all: [SDPFixture] = [
        SDPFixture(
            name: "Hikvision",
            text: """
                v=0\r
                o=- 1109162014219182 1109162014219192 IN IP4 10.20.0.31\r
                s=Media Presentation\r
                e=NONE\r
                b=AS:5100\r
                t=0 0\r
                a=control:rtsp://10.20.0.31/Streaming/Channels/101/\r
                m=video 0 RTP/AVP 96\r
                c=IN IP4 0.0.0.0\r
                b=AS:5000\r
                a=recvonly\r
                a=x-dimensions:640,360\r
                a=control:rtsp://10.20.0.31/Streaming/Channels/101/trackID=1\r
                a=rtpmap:96 H264/90000\r
                a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=\(sps),\(pps)\r
                m=audio 0 RTP/AVP 8\r
                a=control:rtsp://10.20.0.31/Streaming/Channels/101/trackID=2\r
                a=rtpmap:8 PCMA/8000\r
                a=Media_header:MEDIAINFO=494D4B48010300000400000111710110401F000000FA000000000000000000000000000000000000;\r
                a=appversion:1.0\r

                """,
            media: 2, codec: .h264, payloadType: 96, control: "rtsp://10.20.0.31/Streaming/Channels/101/trackID=1",
            parameterSets: 2),
        SDPFixture(
            name: "Dahua, H.265, no padding, application track first",
            text: """
                v=0
                o=- 2251938210 2251938210 IN IP4 0.0.0.0
                s=RTSP Session/2.0
                c=IN IP4 0.0.0.0
                t=0 0
                a=control:*
                a=range:npt=now-
                a=packetization-supported:DH
                m=application 0 RTP/AVP 107
                a=control:trackID=4
                a=rtpmap:107 vnd.onvif.metadata/90000
                m=video 0 RTP/AVP 98
                a=control:trackID=0
                a=framerate:15.000000
                a=rtpmap:98 H265/90000
                a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAkAAAAwAAAwA/oAUCAWllkqSTK8BaAgAAAwACAAADAB4Q;sprop-pps=RAHBcrRiQA;sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwA/koCQ
                a=recvonly

                """,
            media: 2, codec: .h265, payloadType: 98, control: "trackID=0", parameterSets: 3),
        SDPFixture(
            name: "Axis, no session name, parameter sets in the stream only",
            text: """
                v=0\r
                o=- 5606041023 1 IN IP4 192.0.2.7\r
                t=0 0\r
                a=type:broadcast\r
                m=video 0 RTP/AVP 96\r
                c=IN IP4 0.0.0.0\r
                b=AS:50000\r
                a=framerate:25.0\r
                a=transform:1.000000,0.000000,0.000000;0.000000,1.000000,0.000000;0.000000,0.000000,1.000000\r
                a=control:stream=0\r
                a=rtpmap:96 H264/90000\r
                a=fmtp:96 packetization-mode=1;profile-level-id=4d0029\r

                """,
            media: 1, codec: .h264, payloadType: 96, control: "stream=0", parameterSets: 0),
        SDPFixture(
            name: "Uniview, byte order mark, blank lines, start codes in sprop, NUL at the end",
            text: "\u{FEFF}v=0\n\n o=- 1 1 IN IP4 192.0.2.9\ns= \nm=video 0 RTP/AVP 105 96\n\na=rtpmap:105  h264/90000 \n"
                + "a=fmtp:105 PROFILE-LEVEL-ID=420016;Sprop-Parameter-Sets=AAAAAWdCwBbZAKAv+XARAAADAAEAAAMAHg8WLkgAAA==,AAAAAWjLg8sg\n"
                + "a=Control:media/video1\0\0",
            media: 1, codec: .h264, payloadType: 105, control: "media/video1", parameterSets: 2),
        SDPFixture(
            name: "no v, o, s or t, CR alone, no rtpmap",
            text: "m=video 0 RTP/AVP 97\ra=fmtp:97 sprop-parameter-sets=\(sps),\(pps),\(sps.prefix(8)),!!!\ra=control:1",
            media: 1, codec: .h264, payloadType: 97, control: "1", parameterSets: 2),
        SDPFixture(
            name: "MJPEG first, then H.264",
            text: "v=0\nm=video 0 RTP/AVP 26\na=control:a\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:b\n",
            media: 2, codec: .h264, payloadType: 96, control: "b", parameterSets: 0),
        SDPFixture(
            name: "MJPEG only", text: "v=0\nm=video 0 RTP/AVP 26\na=control:a\n", media: 1, codec: nil, payloadType: nil,
            control: nil, parameterSets: 0),
        SDPFixture(
            name: "wrong clock", text: "v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/48000\n", media: 1, codec: nil,
            payloadType: nil, control: nil, parameterSets: 0),
        SDPFixture(
            name: "encrypted", text: "v=0\nm=video 0 RTP/SAVP 96\na=rtpmap:96 H264/90000\n", media: 1, codec: nil,
            payloadType: nil, control: nil, parameterSets: 0),
        SDPFixture(
            name: "audio only", text: "v=0\nm=audio 0 RTP/AVP 0\n", media: 1, codec: nil, payloadType: nil, control: nil,
            parameterSets: 0),
    ]
}
