/// What a camera sends by UDP.
extension RTSPClient: DatagramReceiver {
    func received(packet: RawSpan) { delegate?.clientReceived(packet: packet) }

    func received(control: RawSpan) { delegate?.clientReceived(control: control) }

    func readComplete(_ read: DatagramRead) {
        guard read.hasDelivered else { return }
        if read.hasPackets { receivedPackets() }
        delegate?.clientReadComplete()
    }
}
