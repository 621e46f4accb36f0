import NIOCore

/// What a publisher sends: frames are handed on as they lie in the read, several at a time.
extension RTSPServerConnection: PublisherConnection {
    func announce(_ request: PublicationRequest) {
        guard let eventLoop = context?.eventLoop else { return }
        guard let publications else { return announced(nil) }
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        publications.publication(for: request, on: eventLoop).whenComplete { result in
            connection.value.announced(try? result.get())
        }
    }

    private func announced(_ answer: PublicationAnswer?) {
        let (response, orphan) = session.announced(answer)
        orphan?.teardown()
        if let response { send(response) }
        readRequests()
    }

    func open(_ track: Int) {
        guard let context, let local = context.channel.localAddress else { return opened(nil, track) }
        TrackPorts.open(on: local, eventLoop: context.eventLoop) { [weak self] result in
            let ports = try? result.get()
            guard let self, self.context != nil else {
                ports?.close()
                return
            }
            opened(ports, track)
        }
    }

    private func opened(_ ports: TrackPorts?, _ track: Int) {
        if let ports {
            let published = published ?? PublishedPorts()
            published.use(ports, for: track)
            self.published = published
        }
        if let response = session.opened(ports?.pair) { send(response) }
        readRequests()
    }

    func record(_ publication: any Publication, video: PublishedTracks.Way, all channels: Set<UInt8>) {
        // From here on a `$` in the middle of lost framing is told from a frame.
        decoder.channels = channels
        publication.begin(on: self, video: video.channels) { [weak self] refusal in
            guard let self, let response = session.engaged(refusal) else { return }
            if session.isRecording, let channel = context?.channel {
                silenceTimer?.cancel()
                switch video {
                case .channels: try? RTSPClientHandler.tune(channel)
                case .datagrams(let track, let ports):
                    if let remote = channel.remoteAddress { published?.receive(track, for: publication, from: remote, ports) }
                }
            }
            send(response)
            readRequests()
        }
    }

    /// Hands on the whole frames that lie at the front of what is unread. `false` if there is none.
    func takeFrames() -> Bool {
        guard session.isRecording, decoder.isAtBoundary, let publication = session.publication else { return false }
        let count = byteCountOfFrames(in: unread.readableBytesSpan)
        guard count > 0, let frames = unread.readSlice(length: count) else { return false }
        decoder.tookFrame()
        publication.received(frames)
        return true
    }

    private func byteCountOfFrames(in bytes: RawSpan) -> Int {
        var taken = 0
        while bytes.byteCount - taken >= FrameHeader.byteCount, bytes.uint8(at: taken) == FrameHeader.magic,
            decoder.channels.contains(bytes.uint8(at: taken + 1))
        {
            let end = taken + FrameHeader.byteCount + Int(bytes.uint16(at: taken + 2))
            guard end <= bytes.byteCount else { break }
            taken = end
        }
        return taken
    }

    /// A frame that was found again after framing was lost.
    func take(channel: UInt8, _ payload: ByteBuffer) {
        guard session.isRecording, decoder.channels.contains(channel), let publication = session.publication,
            let length = UInt16(exactly: payload.readableBytes)
        else { return }
        var frame = ByteBufferAllocator().buffer(capacity: FrameHeader.byteCount + Int(length))
        frame.writeMultipleIntegers(FrameHeader.magic, channel, length)
        frame.writeImmutableBuffer(payload)
        publication.received(frame)
    }

    /// Keeps the beginning of a frame apart from the read in which it lies, so that the next read need not be copied behind it.
    func cutTail() {
        guard session.isRecording, decoder.isAtBoundary,
            unread.getInteger(at: unread.readerIndex, as: UInt8.self) == FrameHeader.magic
        else { return }
        tail.clear()
        tail.writeBuffer(&unread)
        unread = ByteBuffer()
    }

    /// Gives the frame that the last read cut what it lacks. `false` if that was everything and it still lacks some.
    func completeTail(from bytes: inout ByteBuffer) -> Bool {
        move(FrameHeader.byteCount - tail.readableBytes, from: &bytes)
        guard let header = FrameHeader(tail.readableBytesSpan) else { return false }
        guard session.isRecording, decoder.channels.contains(header.channel) else {
            // The decoder is to say what this is.
            unread = tail
            tail = ByteBuffer()
            return true
        }
        move(header.frameBytes - tail.readableBytes, from: &bytes)
        guard tail.readableBytes >= header.frameBytes else { return false }
        let frame = tail
        tail = ByteBuffer()
        session.publication?.received(frame)
        return true
    }

    private func move(_ count: Int, from bytes: inout ByteBuffer) {
        guard count > 0, var part = bytes.readSlice(length: min(count, bytes.readableBytes)) else { return }
        tail.writeBuffer(&part)
    }
}
