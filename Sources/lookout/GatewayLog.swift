import Foundation
import Logging

/// The gateway's log: one line an entry on standard error, where the service manager stamps and keeps it.
enum GatewayLog {
    static func start(level: GatewayConfiguration.LogLevel) -> Logger {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "lookout")
        logger.logLevel =
            switch level {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
        return logger
    }
}
