import CameraRegistry
import Synchronization

/// Carries what a merge decided out of the store's transaction.
final class ChangeBox: Sendable {
    private let value = Mutex(RegistryChanges())

    var changes: RegistryChanges { value.withLock { $0 } }
    func set(_ changes: RegistryChanges) { value.withLock { $0 = changes } }
}
