import Accounts
import CameraRegistry
import FeedRelay
import Footage
import GatewayCore
import IncidentCommand
import VideoDispatch

/// All that the API calls; the composition root fills it in.
package struct Services: Sendable {
    /// One of the things without which the gateway is not ready.
    package struct ReadinessCheck: Sendable {
        package var name: String
        package var isReady: Bool
        /// A sentence without paths or credentials; the page is open to anyone.
        package var detail: String?

        package init(name: String, isReady: Bool, detail: String? = nil) {
            self.name = name
            self.isReady = isReady
            self.detail = detail
        }
    }

    package var accounts: AccountService
    package var register: any ViewingRegister
    package var points: any CameraPointStore
    package var vault: CredentialVault
    package var incidents: any IncidentStore
    package var events: any EventStore
    package var links: LinkService
    package var linkStore: any LinkStore
    package var suggestions: SuggestionService
    package var tickets: TicketOffice
    package var publishing: PublishingOffice
    package var prober: ProbeRunner
    package var thumbnails: ThumbnailFolder
    package var footage: FootageLibrary
    package var relay: FeedRelay
    package var consoles: ConsoleDirectory
    package var clock: WallClock
    /// Sent when points were added, changed or removed: the reconciler reads the directory of sources again.
    package var registryChanged: ReconcilerSignal
    /// A person was handed a recording: leaves its trace.
    package var footageViewed: @Sendable (Run, IncidentActor) async throws -> Void
    package var readiness: @Sendable () async -> [ReadinessCheck]

    package init(
        accounts: AccountService, register: any ViewingRegister, points: any CameraPointStore, vault: CredentialVault,
        incidents: any IncidentStore, events: any EventStore, links: LinkService, linkStore: any LinkStore,
        suggestions: SuggestionService, tickets: TicketOffice, publishing: PublishingOffice, prober: ProbeRunner,
        thumbnails: ThumbnailFolder,
        registryChanged: ReconcilerSignal, footage: FootageLibrary, relay: FeedRelay, consoles: ConsoleDirectory,
        clock: WallClock = .system,
        footageViewed: @escaping @Sendable (Run, IncidentActor) async throws -> Void,
        readiness: @escaping @Sendable () async -> [ReadinessCheck]
    ) {
        self.accounts = accounts
        self.register = register
        self.points = points
        self.vault = vault
        self.incidents = incidents
        self.events = events
        self.links = links
        self.linkStore = linkStore
        self.suggestions = suggestions
        self.tickets = tickets
        self.publishing = publishing
        self.prober = prober
        self.thumbnails = thumbnails
        self.footage = footage
        self.relay = relay
        self.consoles = consoles
        self.clock = clock
        self.registryChanged = registryChanged
        self.footageViewed = footageViewed
        self.readiness = readiness
    }
}
