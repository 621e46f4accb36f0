import GatewayCore

/// `{"error":{"code","reason","message","remedy","details"}}`: the shape of every failure.
struct ErrorBody: Encodable, Sendable {
    struct Fault: Encodable, Sendable {
        var code: String
        var reason: String
        var message: String
        @OrNull var remedy: String?
        var details: [String: String]

        init(_ error: GatewayError) {
            code = error.code.rawValue
            reason = error.reason
            message = error.message
            remedy = error.remedy
            details = error.details
        }
    }

    var error: Fault

    init(_ error: GatewayError) { self.error = Fault(error) }
}
