/// Requests of the camera in the middle of a stream.
extension RTSPClient.StateMachine {
    mutating func received(_ request: RTSPRequest) -> [Action] {
        guard !isClosed else { return [] }
        var response: RTSPResponse
        switch request.method {
        case .options:
            response = RTSPResponse(
                status: 200, headers: ["Public": "OPTIONS, GET_PARAMETER, SET_PARAMETER, ANNOUNCE, TEARDOWN"])
        case .getParameter, .setParameter, .announce, .teardown: response = RTSPResponse(status: 200)
        default: response = RTSPResponse(status: 501)
        }
        if let sequence = request.headers["CSeq"] { response.headers.add("CSeq", sequence) }
        if let session { response.headers.add("Session", session.id) }
        guard request.method == .teardown, phase != .teardown else { return [.reply(response)] }
        return [.reply(response)] + fail(.unreachable, "the camera ended the session")
    }
}
