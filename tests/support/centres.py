"""A centre for tests of what belongs to one."""

from core_services.database.pool import Pool


async def add_centre(pool: Pool, centre_id: int = 1, *, code: str = "KFS") -> int:
    """Insert a centre with its event head and return its id."""
    async with pool.transaction() as connection:
        await connection.execute(
            """
            INSERT INTO centre (id, code, name_ar, name_en, unit_ar, unit_en, governorate_ar,
                                governorate_en, short_ar, short_en)
            VALUES ($1, $2, 'مركز كفر صقر', 'Kafr Saqr centre', 'الوحدة المحلية', 'Local unit',
                    'الشرقية', 'Sharqia', 'كفر صقر', 'Kafr Saqr')
            """,
            centre_id,
            code,
        )
        await connection.execute("INSERT INTO centre_head (centre_id) VALUES ($1)", centre_id)
    return centre_id
