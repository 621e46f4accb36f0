import Accounts

/// What it takes to be let in to a route.
enum RouteAccess: Sendable, Hashable {
    /// Anyone who is signed in.
    case signedIn
    /// Who has a right of any scope in the permission table; the handler holds the scope against the thing.
    case right(Resource, Action)
}
