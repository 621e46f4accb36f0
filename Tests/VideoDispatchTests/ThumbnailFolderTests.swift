import CameraRegistry
import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct ThumbnailFolderTests {
    private static let first: [UInt8] = [0xFF, 0xD8, 1, 2, 3, 4]
    private static let second: [UInt8] = [0xFF, 0xD8, 9]

    private func withFolder(_ body: (ThumbnailFolder, World) async throws -> Void) async throws {
        try await World.with { world in
            try await body(ThumbnailFolder(folder: world.thumbnails, points: world.points), world)
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func oneFileAPointForNobodyElse() async throws {
        try await withFolder { folder, world in
            let point = try await world.register(makePoint())
            #expect(await folder.jpeg(of: point) == nil)
            #expect(await folder.takenAt(of: point) == nil)
            let before = Date()
            try await folder.keep(Self.first, of: point.id)
            try await folder.keep(Self.second, of: point.id)
            #expect(await folder.jpeg(of: point) == Self.second)
            let takenAt = try #require(await folder.takenAt(of: point))
            #expect((before.addingTimeInterval(-2)...Date()).contains(takenAt))
            #expect(world.thumbnailNames == ["\(point.id).jpg"])
            #expect(try mode(world.thumbnails.path) == 0o700)
            #expect(try mode(world.thumbnails.path + "/\(point.id).jpg") == 0o600)
        }
    }

    /// A folder that somebody made readable is closed again.
    @Test func anOpenFolderIsClosed() async throws {
        try await withFolder { folder, world in
            let point = try await world.register(makePoint())
            try FileManager.default.createDirectory(at: world.thumbnails, withIntermediateDirectories: false)
            #expect(chmod(world.thumbnails.path, 0o755) == 0)
            try await folder.keep(Self.first, of: point.id)
            #expect(try mode(world.thumbnails.path) == 0o700)
        }
    }

    @Test(arguments: SourceCategory.allCases)
    func aPictureOfAPrivatePointIsNeitherKeptNorHandedOut(category: SourceCategory) async throws {
        try await withFolder { folder, world in
            let point = try await world.register(makePoint(category: category))
            try await folder.keep(Self.first, of: point.id)
            #expect(world.thumbnailNames.isEmpty == category.isPrivate)
            // Whatever lies there.
            try FileManager.default.createDirectory(at: world.thumbnails, withIntermediateDirectories: true)
            try Data(Self.second).write(to: world.thumbnails.appending(path: "\(point.id).jpg"))
            #expect(await folder.jpeg(of: point) == (category.isPrivate ? nil : Self.second))
            #expect(await folder.takenAt(of: point) == nil || !category.isPrivate)
            try await folder.keep(Self.first, of: point.id)
            #expect(world.thumbnailNames.isEmpty == category.isPrivate)
        }
    }

    /// The probe began when the point was still there.
    @Test func aPictureOfAPointThatIsGoneIsNotKept() async throws {
        try await withFolder { folder, world in
            try await folder.keep(Self.first, of: .random())
            let removed = try await world.register(makePoint(status: .removed))
            try await folder.keep(Self.first, of: removed.id)
            #expect(world.thumbnailNames.isEmpty)
        }
    }

    @Test func aSweepRemovesWhatMayNotStay() async throws {
        try await withFolder { folder, world in
            let kept = try await world.register(makePoint(serial: 1))
            let sold = try await world.register(makePoint(serial: 2))
            try await folder.keep(Self.first, of: kept.id)
            try await folder.keep(Self.first, of: sold.id)
            _ = try await world.points.updateCameraPoint(sold.id, by: nil) { $0.sourceCategory = .enterprise }
            let others = ["\(kept.id).jpg.new", "\(CameraPointID.random()).jpg", "notes.txt", "a b.jpg"]
            for name in others { try Data([1]).write(to: world.thumbnails.appending(path: name)) }
            // Known or not, a point that is government-built keeps its picture.
            try await folder.sweep(known: [])
            #expect(world.thumbnailNames == ["\(kept.id).jpg", "a b.jpg", "notes.txt"].sorted())
            try await folder.sweep(known: [kept.id])
            #expect(await folder.jpeg(of: kept) == Self.first)
        }
    }

    @Test func whatIsNoThumbnailIsNotHandedOut() async throws {
        try await withFolder { folder, world in
            let point = try await world.register(makePoint())
            let path = world.thumbnails.appending(path: "\(point.id).jpg")
            try FileManager.default.createDirectory(at: world.thumbnails, withIntermediateDirectories: false)
            try Data().write(to: path)
            #expect(await folder.jpeg(of: point) == nil)
            try FileManager.default.removeItem(at: path)
            try Data([1]).write(to: world.folder.appending(path: "elsewhere"))
            try FileManager.default.createSymbolicLink(at: path, withDestinationURL: world.folder.appending(path: "elsewhere"))
            #expect(await folder.jpeg(of: point) == nil)
            #expect(await folder.takenAt(of: point) == nil)
            await #expect(throws: GatewayError.self) {
                try await folder.keep([UInt8](repeating: 0, count: ThumbnailFolder.sizeLimit + 1), of: point.id)
            }
        }
    }

    /// A disk that takes nothing more must not leave half a picture in the place of a whole one.
    @Test func aFailedWriteLeavesWhatWasThere() async throws {
        try await withFolder { folder, world in
            let point = try await world.register(makePoint())
            try await folder.keep(Self.first, of: point.id)
            try FileManager.default.createDirectory(
                at: world.thumbnails.appending(path: "\(point.id).jpg.new"), withIntermediateDirectories: false)
            await #expect(throws: GatewayError.self) { try await folder.keep(Self.second, of: point.id) }
            #expect(await folder.jpeg(of: point) == Self.first)
        }
    }
}
