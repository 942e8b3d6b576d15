"""A live crop looks like a training image."""

import cv2
import numpy as np
import pytest

from vision.alignment import crop_face, crop_whole, reframe, similarity
from vision.boxes import Face
from vision.detection import make_detector
from vision.tasks import fer2013_geometry, utkface_geometry


@pytest.mark.parametrize(("turn", "scale", "shift"), [(0, 1, (0, 0)), (0.5, 2.5, (3, -7)), (-2.0, 0.2, (100, 50))])
def test_similarity_recovers_a_known_one(turn, scale, shift):
    points = np.array([[0.0, 0.0], [10.0, 1.0], [4.0, 9.0]])
    rotation = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    found = similarity(points, points @ rotation.T + shift)
    assert np.allclose(found, np.column_stack([rotation, shift]))


def face_in(points: np.ndarray) -> Face:
    """A face whose eyes and mouth are at (3, 2) points."""
    keypoints = np.zeros((6, 2), np.float32)
    keypoints[[0, 1, 3]] = points
    return Face((0, 0, 1, 1), 1.0, keypoints)


@pytest.mark.parametrize("geometry", [fer2013_geometry(), utkface_geometry(), utkface_geometry(96)], ids=str)
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 3.0, 6.0])
def test_an_aligned_face_equals_the_datasets_own_crop(portrait, geometry, scale):
    """A frame that is one dataset image, enlarged: the crop by keypoints is the crop of the whole."""
    side = round(geometry.size * scale)
    frame = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    by_keypoints = crop_face(frame, face_in(geometry.anchors * side), geometry).astype(float)
    whole = crop_whole(frame, geometry).astype(float)
    assert by_keypoints.shape == (geometry.size, geometry.size, geometry.channels)
    assert np.abs(by_keypoints - whole).mean() < 2.5


@pytest.mark.parametrize("angle", [-40, 15, 90, 180])
def test_a_turned_face_comes_out_upright(portrait, angle):
    geometry = utkface_geometry()
    detector = make_detector("blazeface")
    face = detector.detect(portrait)[0]
    assert face.keypoints is not None
    turn = cv2.getRotationMatrix2D((256, 256), angle, 1.0)
    turned = cv2.warpAffine(portrait, turn, (512, 512)).astype(np.uint8)
    # OpenCV turns pixel centres, which lie half a pixel from the edges that keypoints count from.
    points = np.column_stack([face.keypoints - 0.5, np.ones(6)]) @ turn.T + 0.5
    upright = crop_face(portrait, face, geometry).astype(float)
    again = crop_face(turned, Face(face.box, face.score, points.astype(np.float32)), geometry).astype(float)
    middle = slice(12, 52)
    assert np.abs(upright - again)[middle, middle].mean() < 6


def test_a_face_without_keypoints_is_aligned_by_its_box(portrait):
    """Haar's crop shows the same face in nearly the same place as BlazeFace's."""
    geometry = fer2013_geometry()
    by_box = crop_face(portrait, make_detector("haar").detect(portrait)[0], geometry).astype(float)
    by_points = crop_face(portrait, make_detector("blazeface").detect(portrait)[0], geometry).astype(float)
    correlation = np.corrcoef(by_box.ravel(), by_points.ravel())[0, 1]
    assert correlation > 0.5  # the head is tilted a little, which only keypoints can mend


def test_beyond_the_frame_the_border_goes_on():
    frame = np.full((50, 50, 3), 90, np.uint8)
    crop = crop_face(frame, face_in(np.array([[0.0, 0.0], [20.0, 0.0], [10.0, 20.0]])), utkface_geometry())
    assert (crop == 90).all()


def test_degenerate_keypoints_do_not_crash():
    frame = np.zeros((50, 50, 3), np.uint8)
    assert crop_face(frame, face_in(np.full((3, 2), 7.0)), fer2013_geometry()).shape == (48, 48, 1)


def test_colours():
    blue = np.zeros((200, 200, 3), np.uint8)
    blue[:, :, 0] = 255  # BGR
    assert crop_whole(blue, utkface_geometry())[0, 0].tolist() == [0, 0, 255]  # RGB
    assert crop_whole(blue, fer2013_geometry())[0, 0].tolist() == [29]
    assert crop_whole(np.full((48, 48), 77, np.uint8), fer2013_geometry())[0, 0].tolist() == [77]


@pytest.mark.parametrize(
    ("own", "geometry"), [(utkface_geometry(100), fer2013_geometry(48)), (fer2013_geometry(48), utkface_geometry(80))]
)
def test_reframed_eyes_and_mouth_lie_where_the_other_geometry_has_them(own, geometry):
    for mark in range(3):
        image = np.zeros((own.size, own.size, own.channels), np.uint8)
        x, y = own.anchors[mark] * own.size
        cv2.circle(image, (round(x - 0.5), round(y - 0.5)), own.size // 16, (255,) * own.channels, -1)
        crop = reframe(image, own, geometry)
        assert crop.shape == (geometry.size, geometry.size, geometry.channels)
        weights = crop[..., 0].astype(float)
        found = [(weights * along).sum() / weights.sum() + 0.5 for along in np.indices(weights.shape)[::-1]]
        # The two framings differ in more than a similarity can make up for: by up to 2 % of the side.
        assert np.allclose(np.array(found) / geometry.size, geometry.anchors[mark], atol=0.03)


def test_reframed_colours_stay_what_they_are():
    red = np.zeros((100, 100, 3), np.uint8)
    red[..., 0] = 200
    assert np.array_equal(reframe(red, utkface_geometry(100), utkface_geometry(80))[40, 40], (200, 0, 0))
    grey = reframe(red, utkface_geometry(100), fer2013_geometry(48))[24, 24]
    assert abs(int(grey[0]) - round(200 * 0.299)) <= 1
