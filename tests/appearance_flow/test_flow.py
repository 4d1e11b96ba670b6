import numpy as np
import pytest
import torch

from appearance_flow.flow import (
    base_grid,
    flow_jacobian,
    fold_rate,
    second_order_smoothness,
    total_variation,
    upsample_flow,
    warp,
)
from appearance_flow.sampling import warp_photo
from tryon.core.errors import ShapeError

IMAGE = torch.arange(12, dtype=torch.float64).view(1, 1, 3, 4)


def affine_flow(size: tuple[int, int], matrix: list[list[float]]) -> torch.Tensor:
    """Flow ``(1, 2, H, W)`` of the map with the 2 x 3 ``matrix`` of index coordinates."""
    grid = base_grid(size, torch.zeros((), dtype=torch.float64))
    m = torch.tensor(matrix, dtype=torch.float64)
    return torch.einsum("ij,bjhw->bihw", m[:, :2], grid) + m[:, 2].view(1, 2, 1, 1) - grid


def test_base_grid_holds_x_then_y():
    grid = base_grid((2, 3), torch.zeros(1))
    assert grid.tolist() == [[[[0, 1, 2], [0, 1, 2]], [[0, 0, 0], [1, 1, 1]]]]


def test_zero_flow_is_the_identity():
    assert torch.allclose(warp(IMAGE, torch.zeros(1, 2, 3, 4, dtype=torch.float64)), IMAGE, atol=1e-12)


def test_integer_shift_fetches_the_pixel_to_the_right_and_below():
    flow = torch.ones(1, 2, 3, 4, dtype=torch.float64)
    assert torch.allclose(
        warp(IMAGE, flow, "zeros")[0, 0],
        torch.tensor([[5, 6, 7, 0], [9, 10, 11, 0], [0, 0, 0, 0]], dtype=torch.float64),
    )
    assert torch.allclose(
        warp(IMAGE, flow)[0, 0], torch.tensor([[5, 6, 7, 7], [9, 10, 11, 11], [9, 10, 11, 11]], dtype=torch.float64)
    )


def test_half_a_pixel_is_the_mean_of_two():
    flow = torch.zeros(1, 2, 3, 4, dtype=torch.float64)
    flow[:, 0] = 0.5
    assert warp(IMAGE, flow)[0, 0, 0].tolist() == pytest.approx([0.5, 1.5, 2.5, 3.0])


def test_flip():
    flow = affine_flow((3, 4), [[-1, 0, 3], [0, 1, 0]])
    assert torch.allclose(warp(IMAGE, flow), IMAGE.flip(3))


def test_source_and_target_may_differ_in_size():
    flow = torch.zeros(1, 2, 1, 2, dtype=torch.float64)
    flow[0, :, 0, 0] = torch.tensor((3.0, 2.0))
    assert warp(IMAGE, flow)[0, 0].tolist() == [[11.0, 1.0]]


def test_gradients_of_warp_and_upsampling():
    torch.manual_seed(0)
    image = torch.rand(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    flow = (torch.rand(1, 2, 3, 4, dtype=torch.float64) * 0.8 + 0.1).requires_grad_()
    assert torch.autograd.gradcheck(warp, (image, flow))
    assert torch.autograd.gradcheck(lambda f: upsample_flow(f, (6, 9)), (flow,))
    assert torch.autograd.gradcheck(second_order_smoothness, (flow,))


@pytest.mark.parametrize("size", [(10, 14), (15, 21), (13, 11), (5, 7)])
def test_upsampling_is_exact_for_affine_maps_up_to_the_border(size):
    low = affine_flow((5, 7), [[1.2, -0.3, 2.0], [0.1, 0.8, -1.0]])
    rx, ry = size[1] / 7, size[0] / 5
    # In centered coordinates c = index + .5 both pictures are scaled by the same factors.
    m = np.array([[1.2, -0.3], [0.1, 0.8]])
    shift = np.array((2.0, -1.0)) + 0.5 - m @ (0.5, 0.5)
    scale = np.diag((rx, ry))
    big = scale @ m @ np.linalg.inv(scale)
    offset = scale @ shift + big @ (0.5, 0.5) - 0.5
    expected = affine_flow(size, np.column_stack((big, offset)).tolist())
    assert torch.allclose(upsample_flow(low, size), expected, atol=1e-10)


def test_upsampling_scales_a_constant_flow():
    flow = torch.ones(1, 2, 1, 2)
    assert upsample_flow(flow, (3, 4))[0].tolist() == [[[2] * 4] * 3, [[3] * 4] * 3]


def test_total_variation_of_a_ramp():
    flow = affine_flow((4, 4), [[1.5, 0, 0], [0, 1, 0]])
    assert total_variation(flow).item() == pytest.approx(0.25)  # .5 per pixel in one of two channels, along x alone


def test_second_order_smoothness_is_least_for_affine_flows_and_sees_a_bump():
    flow = affine_flow((5, 5), [[1.5, 0.2, 3], [0, 0.7, 0]])
    assert second_order_smoothness(flow).item() == pytest.approx(4 * 1e-6**0.45)
    flow = torch.zeros(1, 2, 3, 3, dtype=torch.float64)
    flow[0, 0, 1, 1] = 1.0
    expected = 4 * 0.5 * ((4 + 1e-6) ** 0.45 + 1e-6**0.45)
    assert second_order_smoothness(flow).item() == pytest.approx(expected)


def test_jacobian_and_folds():
    flow = affine_flow((4, 5), [[2, 0.5, 0], [-0.25, 3, 1]])
    jacobian = flow_jacobian(flow)
    assert jacobian.shape == (1, 2, 2, 3, 4)
    assert torch.allclose(jacobian[0, :, :, 1, 2], torch.tensor([[2, 0.5], [-0.25, 3]], dtype=torch.float64))
    assert fold_rate(flow).item() == 0
    assert fold_rate(affine_flow((4, 5), [[-1, 0, 4], [0, 1, 0]])).item() == 1


def test_wrong_shapes_are_named():
    with pytest.raises(ShapeError, match=r"flow has shape \(1, 3, 2, 2\)"):
        warp(IMAGE, torch.zeros(1, 3, 2, 2))
    with pytest.raises(ShapeError, match="image"):
        warp(IMAGE, torch.zeros(2, 2, 3, 4, dtype=torch.float64))
    with pytest.raises(ShapeError, match="flow"):
        warp_photo(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.float32))


def random_photo(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_photo_identity_and_shift_are_bit_exact():
    photo = random_photo(20, 30)
    assert np.array_equal(warp_photo(photo, np.zeros((20, 30, 2), np.float32)), photo)
    flow = np.zeros((16, 20, 2), np.float32)
    flow[..., 0], flow[..., 1] = 7, 3
    assert np.array_equal(warp_photo(photo, flow), photo[3:19, 7:27])


def test_photo_without_source_is_black_and_masks_end_at_the_border():
    photo = np.full((12, 12, 3), 200, np.uint8)
    flow = np.zeros((12, 12, 2), np.float32)
    flow[:, :4] = np.nan
    result = warp_photo(photo, flow)
    assert (result[:, :4] == 0).all()
    assert (result[:, 4:] == 200).all()
    flow[:] = 6
    mask = warp_photo(np.ones((12, 12), np.float32), flow, "zeros")
    assert mask[2, 2] == 1
    assert mask[11, 11] == 0
    assert warp_photo(photo, flow)[11, 11].tolist() == [200, 200, 200]


def test_a_shrunk_photo_does_not_alias():
    photo = np.zeros((256, 256, 3), np.uint8)
    photo[:, ::2] = 255
    ys, xs = np.mgrid[:64, :64].astype(np.float32)
    flow = np.stack((3.1 * xs + 20, 3.1 * ys + 20), -1)
    result = warp_photo(photo, flow)[4:-4, 4:-4].astype(float)
    assert abs(result.mean() - 127.5) < 2
    assert result.std() < 12  # plain bilinear sampling gives more than 60


def test_shrinking_and_float_photos_keep_their_values():
    ys, xs = np.mgrid[:40, :40].astype(np.float32)
    photo = np.repeat(np.mgrid[:160, :160][1][..., None], 3, 2).astype(np.float32)
    result = warp_photo(photo, np.stack((3 * xs + 1, 3 * ys + 1), -1))
    assert result.dtype == np.float32
    assert np.allclose(result[5:-5, 5:-5, 0], (4 * xs + 1)[5:-5, 5:-5], atol=0.1)


@pytest.mark.parametrize("channels", [(), (1,), (4,)])
def test_photos_of_any_number_of_channels_keep_their_shape(channels):
    photo = np.full((32, 24, *channels), 9, np.uint8)
    ys, xs = np.mgrid[:10, :8].astype(np.float32)
    result = warp_photo(photo, np.stack((1.6 * xs, 1.6 * ys), -1))
    assert result.shape == (10, 8, *channels)
    assert result.dtype == np.uint8
    assert (result == 9).all()
