import Accounts
import FeedRelay
import Footage
import Foundation
import GatewayAPI
import GatewayCore
import IncidentCommand
import VideoDispatch

extension Gateway {
    /// What the API calls.
    func services(consoles: ConsoleDirectory) -> Services {
        Services(
            accounts: accounts, register: stores.register, points: stores.points, vault: stores.vault, incidents: stores.incidents,
            events: stores.events, links: links, linkStore: stores.links, suggestions: suggestions,
            tickets: TicketOffice(key: stores.ticketKey, links: stores.links, points: stores.points, register: stores.register),
            publishing: PublishingOffice(store: stores.publishings, gate: publishingGate, key: stores.ticketKey),
            prober: prober, thumbnails: thumbnails, registryChanged: signal,
            footage: FootageLibrary(folder: stores.footageFolder, store: stores.footage, stopped: recorder.stopped), relay: relay,
            consoles: consoles,
            footageViewed: footageViewed, readiness: readiness)
    }

    /// Footage that was handed out is a row of the viewing register.
    private var footageViewed: @Sendable (Run, IncidentActor) async throws -> Void {
        { [stores, directory] run, actor in
            try await stores.register.append([
                ViewingDraft(
                    kind: .viewStarted, at: Date(), account: actor.id, accountName: actor.name, role: actor.role, unit: actor.unit,
                    session: nil, cameraPoint: run.feed.cameraPoint,
                    cameraPointName: directory.name(of: run.feed.cameraPoint) ?? run.feed.cameraPoint.rawValue,
                    stream: run.feed.stream, purpose: .incident, incident: run.incident, link: run.link, view: .random(),
                    medium: "footage")
            ])
        }
    }

    private var readiness: @Sendable () async -> [Services.ReadinessCheck] {
        { [stores] in
            do {
                _ = try await stores.events.latestID()
                if let failure = await stores.database.writeFailure() {
                    let detail =
                        failure.reason == "diskFull"
                        ? "the database cannot be written: the disk is full" : "the database cannot be written"
                    return [.init(name: "database", isReady: false, detail: detail)]
                }
                return [.init(name: "database", isReady: true)]
            } catch {
                return [.init(name: "database", isReady: false, detail: "the database does not answer")]
            }
        }
    }
}
